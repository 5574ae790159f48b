-- include: more-fields
-- Reads what the state has of a worker, its lane and the batches that its call ends: after the fields of state.lua, in this order.
--
-- ARGV
--   worker    its id
--   lane      0 or 1
--   apart     how many records come by themselves, before the groups
--   groups... see settle.lua

-- Arguments of a group, and most groups: their batches are read together.
local GROUP, MOST_GROUPS = 7, 1000
more_fields[1], more_fields[2], more_fields[3] = 'W:' .. worker, 'L:' .. worker .. ':' .. lane, 'H:' .. worker
local FIRST_GROUP = GROUPS + tonumber(apart)
for at = FIRST_GROUP, math.min(#ARGV, GROUP * MOST_GROUPS), GROUP do
  more_fields[#more_fields + 1] = 'B:' .. ARGV[at]
end
