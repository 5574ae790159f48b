-- include: state
-- Takes ready tasks from their lists, where there is no suspect.
--
-- KEYS
--   task      hash, kept: see tasks.lua
--   tombs     hash, kept: see left-overs.lua
--   ready:0-9 lists, kept: see ready.lua
-- policy: CHUNK_TASKS
local ids, values = {}, {}

-- Entries that are out of their lists, and not leased yet: priority and ids in turn. And of ids that are left over there, in how many
-- further entries.
local popped, left_over = {}, {}

-- Takes the tasks of list entries; not those that were left over.
local function take(entries)
  local found, kept = call('HMGET', TASK, unpack(entries)), #ids
  for i = 1, #entries do
    local value, left = found[i], 0
    if features ~= '' and string.find(features, 'z', 1, true) then
      local id = entries[i]
      left = left_over[id] or tonumber(call('HGET', TOMBS, id) or '') or 0
      left_over[id] = math.max(0, left - 1)
    end
    if value and left == 0 then
      kept = kept + 1
      ids[kept], values[kept] = entries[i], value
    end
  end
end

-- By priority. Raises on a key of the wrong type.
local function take_plain(max)
  while #ids < max and mask ~= '' do
    local priority = string.sub(mask, 1, 1)
    local wanted = math.min(max - #ids, CHUNK_TASKS)
    local entries = call('LPOP', READY(priority), wanted)
    if not entries or #entries < wanted then
      mask = string.sub(mask, 2)
    end
    if entries then
      popped[#popped + 1] = priority
      popped[#popped + 1] = entries
      take(entries)
    end
  end
end

-- Returns whether it could; and the reason, where it could not. Then all is as it was before.
local function try_take(max)
  local known_mask = mask
  local is_taken, reason = pcall(take_plain, max)
  if not is_taken then
    for i = #popped, 1, -2 do
      local priority, entries = popped[i - 1], popped[i]
      for j = #entries, 1, -1 do
        call('LPUSH', READY(priority), entries[j])
      end
    end
    ids, values, popped, left_over, mask = {}, {}, {}, {}, known_mask
  end
  return is_taken, reason
end
