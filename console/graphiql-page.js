// Joins GraphiQL to the service it was loaded from. A session counts only with the header below; with a
// token instead, write {"Authorization": "Bearer …"} into the Headers pane.
"use strict";

const FIRST_OPERATION = `# What goes down without this CI, what is saved, and why?
# Name one of your CIs in the variables below: key, name or id.
query WhatBreaks($ci: String!) {
  estate {
    revision
    impact(of: { states: [{ ci: { text: $ci } }] }) {
      summary { reachedCount affectedCount savedCount byState { state count } }
      affected(first: 20) {
        totalCount
        nodes { ci { key name className tier } before after hops pathText reason }
      }
      saved(first: 20) { nodes { ci { key name } savedBy { rule text verified } } }
      completeness { complete unresolved unresolvedReferenceCount notes }
    }
  }
}
`;

async function ask(operation, options) {
  const response = await fetch("/graphql", {
    method: "POST",
    credentials: "same-origin",
    headers: {
      Accept: "application/graphql-response+json",
      "Content-Type": "application/json",
      "X-Graph-Service": "1",
      ...options?.headers,
    },
    body: JSON.stringify(operation),
  });
  return response.json();
}

ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(GraphiQL, {
    fetcher: ask,
    defaultQuery: FIRST_OPERATION,
    defaultTabs: [{ query: FIRST_OPERATION, variables: '{"ci": ""}' }],
    isHeadersEditorEnabled: true,
    shouldPersistHeaders: false,
  }),
);
