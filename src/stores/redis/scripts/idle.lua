-- include: state
-- Idle workers: those that have free slots, and found too few tasks. The state has ";worker,slots,kind" for each, those that have
-- waited longest first; kind h: holds nothing, and takes tasks that are handed to it | w: is only woken. And workers that were woken
-- and have not called since: ";worker,slots,when (ms)" for each.
local function is_idle(worker)
  return string.find(idle, ';' .. worker .. ',', 1, true) ~= nil
end

-- Replaces the entry of a worker in a list of such entries.
local function replaced(list, worker, entry)
  local from = string.find(list, ';' .. worker .. ',', 1, true)
  if not from then
    return list .. entry
  end
  local to = string.find(list, ';', from + 1, true) or #list + 1
  return string.sub(list, 1, from - 1) .. entry .. string.sub(list, to)
end

local function drop_idle(worker)
  idle = replaced(idle, worker, '')
  woken = replaced(woken, worker, '')
end

-- One that was idle, and has not been woken, keeps its place.
local function add_idle(worker, slots, kind)
  idle = replaced(idle, worker, ';' .. worker .. ',' .. whole(slots) .. ',' .. kind)
  woken = replaced(woken, worker, '')
end

-- Up to this length of the list its entries are counted. In a longer one, all are taken to be as long as the first one.
local LONG = 1024

local function idle_count()
  local first_end = string.find(idle, ';', 2, true)
  if not first_end then
    return idle == '' and 0 or 1
  end
  if #idle > LONG then
    return math.floor(#idle / (first_end - 1) + 0.5)
  end
  local count, from = 1, first_end
  while from do
    count = count + 1
    from = string.find(idle, ';', from + 1, true)
  end
  return count
end
