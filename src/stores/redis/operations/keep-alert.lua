-- include: alerts
-- flags: allow-oom
-- Keeps the state of a rule of alerts, unless another turn has it by now.
--
-- KEYS
--   alerts    hash, kept: see alerts.lua
-- ARGV
--   rule      its key
--   turn      name of the turn that it belongs to
--   state     what is kept
-- Reply: 1 it is kept | 0 another turn has the rule
local at, holder = unpack_alert(call('HGET', ALERTS, rule))
if holder ~= turn then
  return 0
end
call('HSET', ALERTS, rule, whole(at) .. ' ' .. holder .. ' ' .. state)
return 1
