-- include: head, batches, ready
-- What is left of a queue where the server has dropped one of its keys to make room: the others may name tasks that are gone, and the state
-- may lack what it notes of the others.
--
-- KEYS
--   task      hash, kept: see tasks.lua
--   delayed   zset, kept: id by due time, ms
--   ready:0-9 lists, kept: see ready.lua
--   tombs     hash, kept: see left-overs.lua
--   suspects  hash, kept: see suspects.lua
--   progress  hash, kept: see finish.lua
--   attempts  hash, kept: see finish.lua
--   inboxes   hash, kept: see add-inbox.lua

-- By the letters of their features.
local OF_FEATURES = { z = TOMBS, s = SUSPECTS, p = PROGRESS, a = ATTEMPTS, i = INBOXES }

-- 0 for a key of another type, too.
local function length_of(command, key)
  local length = redis.pcall(command, key)
  return type(length) == 'number' and length or 0
end

-- The number of places that have a task, or have had one: at least as many as there are tasks, where each is in one.
local function count_places(held_batches)
  local number = call('ZCARD', DELAYED)
  for priority = 0, 9 do
    number = number + length_of('LLEN', READY(priority))
  end
  for _, batch in ipairs(held_batches) do
    for place = 1, #batch.ids do
      number = number + (is_held(batch, place) and 1 or 0)
    end
  end
  return number
end

-- Drops what names tasks that are gone.
local function drop_gone()
  local live = call('HLEN', TASK)
  if live == 0 then
    for priority = 0, 9 do
      if length_of('LLEN', READY(priority)) > 0 then
        call('DEL', READY(priority))
      end
    end
    for _, key in pairs(OF_FEATURES) do
      if length_of('HLEN', key) > 0 then
        call('DEL', key)
      end
    end
  end
  local gone = {}
  for _, id in ipairs(call('ZCARD', DELAYED) > live and call('ZRANGE', DELAYED, 0, -1) or {}) do
    if call('HEXISTS', TASK, id) == 0 then
      gone[#gone + 1] = id
    end
  end
  if #gone > 0 then
    call_with('ZREM', DELAYED, gone)
  end
end

-- Notes which lists have tasks, when the next one is due, and which features there are.
local function note_what_is_there()
  for priority = 0, 9 do
    if length_of('LLEN', READY(priority)) > 0 then
      mark_priority(whole(priority))
    end
  end
  if not next_due or call('ZCARD', DELAYED) == 0 then
    set_next_due(tonumber(call('ZRANGE', DELAYED, 0, 0, 'WITHSCORES')[2] or ''))
  end
  for letter, key in pairs(OF_FEATURES) do
    if length_of('HLEN', key) > 0 then
      add_feature(letter)
    elseif has_feature(letter) then
      drop_feature(letter)
    end
  end
end
