"""People as others keep them: CSV lists, LDAP entries, claims of a sign-in → observations."""
