-- include: more-fields
-- Reads what the state has of a worker, its lane and the batches that its call ends: after the fields of state.lua, in this order.
--
-- ARGV
--   worker    its id
--   lane      0 or 1
--   groups... see settle.lua

-- Arguments of a group, and most groups: their batches are read together.
local GROUP, MOST_GROUPS = 7, 1000
more_fields[1], more_fields[2], more_fields[3] = 'W:' .. worker, 'L:' .. worker .. ':' .. lane, 'H:' .. worker
for at = GROUPS, math.min(#ARGV, GROUP * MOST_GROUPS), GROUP do
  more_fields[#more_fields + 1] = 'B:' .. ARGV[at]
end
