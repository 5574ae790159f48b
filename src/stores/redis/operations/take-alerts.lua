-- include: alerts
-- flags: allow-oom
-- Takes the turn of rules of alerts. What nobody evaluates any more is dropped.
--
-- KEYS
--   alerts    hash, kept: see alerts.lua
-- ARGV
--   turn      its name
--   every     ms
--   rules...  their keys
-- policy: ALERT_TTL
-- Reply, one a rule: its state | nil, another turn has it
local rows = call('HGETALL', ALERTS)
for i = 1, #rows, 2 do
  local at = unpack_alert(rows[i + 1])
  if not at or now - at > ALERT_TTL then
    call('HDEL', ALERTS, rows[i])
  end
end
local reply = {}
for i = RULES, #ARGV do
  local at, holder, state = unpack_alert(call('HGET', ALERTS, ARGV[i]))
  -- A clock that was set back does not stop alerts.
  local is_due = not at or holder == turn or now - at >= tonumber(every) or at > now
  if is_due then
    save_alert(ARGV[i], turn, state or '')
  end
  reply[#reply + 1] = is_due and (state or '') or false
end
return reply
