-- include: head, ready, left-over-count
-- A known id is used anew: see left-overs.lua.
--
-- KEYS
--   tombs     hash, kept: see left-overs.lua
--   ready:0-9 lists, kept: see ready.lua

-- The priority of the list that had the last entry.
local left_over_list = 4

-- Removes entries of an id from a list. Returns how many are still to be found.
local function remove_from(priority, id, left)
  local removed = redis.pcall('LREM', READY(priority), whole(left), id)
  if type(removed) == 'number' and removed > 0 then
    left_over_list = priority
    left = left - removed
  end
  return left
end

-- An entry that an earlier task of this id has left over would name the new one. The tasks of a call mostly come in the order of their
-- entries: then each is found at the head of the list that had the last one. No entry is looked for once all are found.
local function remove_left_over(id)
  local left = count_left_over(id)
  if left <= 0 then
    return
  end
  call('HDEL', TOMBS, id)
  left = remove_from(left_over_list, id, left)
  for each = 9, 0, -1 do
    if left > 0 then
      left = remove_from(each, id, left)
    end
  end
end
