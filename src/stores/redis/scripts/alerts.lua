-- include: time
-- The state of rules of alerts.
--
-- KEYS
--   alerts    hash, kept: rule -> "at turn state": when its last turn was taken, ms, the name of that turn, and what it has left
local function unpack_alert(row)
  local at, holder, state = string.match(row or '', '^(%d+) (%S+) (.*)$')
  return tonumber(at), holder, state
end

local function save_alert(rule, holder, state)
  call('HSET', ALERTS, rule, whole(now) .. ' ' .. holder .. ' ' .. state)
end
