// What can be grouped and filtered by: the columns of the HTTP interface, as people call them.

export const DIMENSIONS = {
  model: "Model",
  endpoint_name: "Endpoint",
  user_id: "User",
  channel: "Channel",
  operation_type: "Operation",
  operation_detail: "Detail",
  service_name: "Service",
  session_id: "Session",
  provider: "Provider",
  agent_name: "Agent",
  request_model: "Requested model",
  error_type: "Error",
  dialect: "Dialect",
  signal: "Signal",
};

export const TABLES = ["model", "user_id", "endpoint_name", "operation_type", "channel", "service_name"];

export const UNITS = {
  tokens: { label: "Tokens", figure: "total_tokens" },
  money: { label: "Money", figure: "estimated_cost" },
};

// A row without a value in the column is a group of its own; over HTTP its filter is the empty text.
export const nameOf = (value) => (value === null || value === "" ? "(none)" : value);
