-- wrk: one durable enqueue of 256 bytes a request; counts answers other than 201.
wrk.method = "POST"
wrk.path = "/v1/queues/bench/messages"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"body":"' .. string.rep("x", 256) .. '"}'

local threads = {}
function setup(thread)
    table.insert(threads, thread)
    thread:set("refused", 0)
end

function response(status)
    if status ~= 201 then refused = refused + 1 end
end

function done(summary, latency, requests)
    local refused = 0
    for _, thread in ipairs(threads) do refused = refused + thread:get("refused") end
    local errors = summary.errors
    io.write(string.format("RESULT %.0f %.2f %d\n",
        (summary.requests - refused) / summary.duration * 1e6,
        latency:percentile(99) / 1000,
        refused + errors.connect + errors.read + errors.write + errors.timeout))
end
