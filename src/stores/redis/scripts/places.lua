-- include: time
-- Where tasks must stand for an act, so that it passes by those that have started or ended since they were looked at.
--
-- KEYS
--   delayed   zset, kept: id by due time, ms
-- ARGV
--   places    letters of the places that the act may change: r ready, d delayed, h held, o over

local function may_change(place)
  return string.find(places, place, 1, true) ~= nil
end

-- Whether the act may change a live task. A delayed one that is due by now is ready.
local function may_change_live(id, is_held)
  if is_held then
    return may_change('h')
  end
  if may_change('r') and may_change('d') then
    -- Producers, who revoke wherever a task is, need no right to look at its score.
    return true
  end
  local due = tonumber(call('ZSCORE', DELAYED, id) or '')
  return may_change(due and due > now and 'd' or 'r')
end
