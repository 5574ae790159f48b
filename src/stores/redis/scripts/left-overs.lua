-- include: head
-- Entries of the lists of ready tasks that are left over: their tasks were revoked, or a worker holds them. To remove an entry would
-- take as long as its list, so it is passed over when it comes to its turn.
--
-- KEYS
--   tombs     hash, kept: id -> number of entries that are left over

-- Raises before anything is moved.
local function check_left_overs()
  if has_feature('z') then
    call('HLEN', TOMBS)
  end
end

local function leave_over(id)
  call('HSET', TOMBS, id, whole((tonumber(call('HGET', TOMBS, id) or '') or 0) + 1))
  add_feature('z')
end

-- Whether an entry of a task was left over. It is none any more.
local function take_left_over(id)
  local left = has_feature('z') and tonumber(call('HGET', TOMBS, id) or '') or 0
  if left > 1 then
    call('HSET', TOMBS, id, whole(left - 1))
  elseif left == 1 then
    delete_of_feature('z', TOMBS, { id })
  end
  return left > 0
end

-- After the last entry. left_over: id -> number of entries that are left over still.
local function save_left_overs(left_over)
  local gone = {}
  for id, left in pairs(left_over) do
    if left > 0 then
      call('HSET', TOMBS, id, whole(left))
    else
      gone[#gone + 1] = id
    end
  end
  delete_of_feature('z', TOMBS, gone)
end
