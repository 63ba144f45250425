-- One POST a citizen, each with an idempotency key of its own; wrk calls these functions.
local ids = { "IDS" }
local run = tostring(os.time()) .. "-" .. tostring(math.random(1e9))
local sent = 0

request = function()
  sent = sent + 1
  local headers = {
    ["Content-Type"] = "application/json",
    ["X-Forwarded-Proto"] = "https",
    ["Authorization"] = "Bearer TOKEN",
    ["Idempotency-Key"] = run .. "-" .. sent,
  }
  return wrk.format("POST", nil, headers, '{"requestId":"' .. ids[sent % #ids + 1] .. '"}')
end

init = function()
  math.randomseed(os.time() + tonumber(tostring({}):sub(8), 16) % 100000)
  run = run .. "-" .. math.random(1e9)
end

done = function(summary, latency)
  io.write(string.format(
    'RESULT {"requests": %d, "microseconds": %d, "p50": %d, "p99": %d, "failed": %d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  ))
end
