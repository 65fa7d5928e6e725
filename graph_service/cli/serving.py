"""The server process: a socket, the application, and a line that says where it answers."""

SHUTDOWN_SECONDS = 10
BACKLOG = 128
