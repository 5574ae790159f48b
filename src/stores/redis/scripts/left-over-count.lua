-- include: head
-- KEYS
--   tombs     hash, kept: see left-overs.lua

-- How many entries of an id are left over.
local function count_left_over(id)
  return has_feature('z') and tonumber(call('HGET', TOMBS, id) or '') or 0
end
