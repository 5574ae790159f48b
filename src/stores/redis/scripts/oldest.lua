-- include: head, find-held
-- The age of what is ready.
--
-- KEYS
--   task      hash, kept: see tasks.lua
--   delayed   zset, kept: id by due time, ms
--   ready:0-9 lists, kept: see ready.lua

-- Most entries that a look reads in order, how many it reads at once, and how many it reads beyond them, evenly spread. A task whose
-- value is large is read only where no other tells the age, and not at all where it is huge.
local MOST_ENTRIES, ENTRIES, SPREAD, LARGE, HUGE = 5000, 250, 100, 65536, 4194304

local entries_left = MOST_ENTRIES

local function due_of(id)
  local queued, due = string.match(call('HGET', TASK, id) or '', '^(%d+),(%d*),')
  return due and due ~= '' and due or queued or ''
end

local function is_live(id)
  return type(id) == 'string' and call('HSTRLEN', TASK, id) > 0
end

-- The first live entry of a line behind so many others, all of which are left over. Tasks are mostly revoked from the oldest on: then it
-- is the very first; else one that has waited less. Nothing where the spread ones are left over, too.
local function live_behind(list, place, length)
  local last, step = place - 1, math.max(1, (length - place) / SPREAD)
  for number = 1, SPREAD do
    local next_place = math.min(length - 1, place - 1 + math.ceil(number * step))
    if is_live(call('LINDEX', list, whole(next_place))) then
      -- Between one that is left over and one that is live.
      while next_place - last > 1 do
        local middle = math.floor((last + next_place) / 2)
        if is_live(call('LINDEX', list, whole(middle))) then
          next_place = middle
        else
          last = middle
        end
      end
      return call('LINDEX', list, whole(next_place))
    end
    last = next_place
  end
end

-- When the oldest one of the few live tasks of a priority that are neither delayed nor held was due.
local function due_among_few(priority)
  if call('HLEN', TASK) > MOST_ENTRIES then
    return ''
  end
  local wanted, oldest = {}, nil
  for _, id in ipairs(call('HKEYS', TASK)) do
    if call('HSTRLEN', TASK, id) <= LARGE and not call('ZSCORE', DELAYED, id) then
      wanted[id] = true
    end
  end
  local held = next(wanted) and find_held(wanted) or {}
  for id in pairs(wanted) do
    local of = string.match(call('HGET', TASK, id), '^%d+,%d*,[^,\n]*,[^,\n]*,(%d),')
    local due = not held[id] and of == priority and tonumber(due_of(id))
    if due and (not oldest or due < oldest) then
      oldest = due
    end
  end
  return oldest and whole(oldest) or ''
end

-- When the first task of a line was due. Entries of revoked tasks are passed over.
local function due_of_first(priority)
  local list = READY(priority)
  local length = redis.pcall('LLEN', list)
  if type(length) ~= 'number' then
    return ''
  end
  local place, large = 0, nil
  while place < length and entries_left > 0 do
    local ids = call('LRANGE', list, whole(place), whole(place + math.min(place == 0 and 1 or ENTRIES, entries_left) - 1))
    for _, id in ipairs(ids) do
      local size = call('HSTRLEN', TASK, id)
      if size > LARGE then
        large = large or size <= HUGE and id
      elseif size > 0 then
        return due_of(id)
      end
    end
    place = place + #ids
    entries_left = entries_left - #ids
  end
  local id = large or place < length and live_behind(list, place, length)
  if id and call('HSTRLEN', TASK, id) <= HUGE then
    return due_of(id)
  end
  return place < length and due_among_few(priority) or ''
end

-- When the ready task that waits longest was due; nothing where none is ready.
local function oldest_due()
  local oldest
  for priority in string.gmatch(mask, '%d') do
    local due = tonumber(due_of_first(priority))
    if due and (not oldest or due < oldest) then
      oldest = due
    end
  end
  return oldest
end
