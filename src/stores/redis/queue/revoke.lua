-- Ends tasks as REVOKED at once. ARGV 4 outcome, 5 ttl (ms), then ids, their done keys in the same order.
-- Reply, one an id: 1 it changed, now or when this call was sent before; 0 it was over, or is not known.
local reply = {}
for i = 6, #ARGV do
  local id, key = ARGV[i], KEYS[DONE + i - 5]
  local value = call('HGET', TASK, id)
  if value then
    local task = parse(value)
    local _, claimed_at, by = string.match(call('HGET', HELD, id) or '', '^(%d+),(%d+),(.*)$')
    if by then
      task.runs = task.runs + 1
      call('PUBLISH', CHANNELS .. 'worker:' .. by, frame({ 'revoked', QUEUE, id }))
    end
    call('ZREM', DELAYED, id)
    finish(id, value, task, 3, claimed_at or '0', '0', by or '', ARGV[4], ARGV[5], key)
    reply[#reply + 1] = 1
  else
    local rec = call('GET', key)
    local changed = 0
    if rec and string.sub(rec, 1, 2) == '3,' then
      local body, outcome = string.match(rec, '^%d+,%d+,%d+,%d+,%d+,%d+,%d+,%d+,(%d+),(%d+),')
      local start = string.find(rec, '\n', 1, true) + 1 + tonumber(body)
      changed = string.sub(rec, start, start + tonumber(outcome) - 1) == ARGV[4] and 1 or 0
    end
    reply[#reply + 1] = changed
  end
end
publish()
wake()
return reply
