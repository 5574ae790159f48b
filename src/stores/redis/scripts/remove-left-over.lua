-- include: head, ready
-- A known id is used anew: see left-overs.lua.
--
-- KEYS
--   tombs     hash, kept: see left-overs.lua
--   ready:0-9 lists, kept: see ready.lua

-- An entry that an earlier task of this id has left over would name the new one. Rare, so it may take a while.
local function remove_left_over(id)
  if has_feature('z') and call('HDEL', TOMBS, id) == 1 then
    for each = 0, 9 do
      redis.pcall('LREM', READY(each), 0, id)
    end
  end
end
