-- include: head
-- Idle workers: those that have free slots, and found too few tasks. The state has ";worker,slots,kind" for each, those that have
-- waited longest first; kind h: holds nothing, and takes tasks that are handed to it | w: is only woken. And workers that were woken
-- and have not called since: ";worker,slots,when (ms)" for each.
-- policy: LOOK_OVERDUE
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

-- Takes the first one: returns its name and number of slots; nothing when there is none.
local function next_idle()
  local worker, slots, rest = string.match(idle, '^;([^,;]*),(%d+),%a(.*)$')
  idle = rest or ''
  return worker, tonumber(slots or '')
end

-- The first one that takes tasks: its name and number of slots.
local function first_taker()
  -- Plain, since a pattern would go through all of them where none takes any.
  if string.find(idle, ',h', 1, true) then
    local worker, slots = string.match(idle, ';([^,;]*),(%d+),h')
    return worker, tonumber(slots or '')
  end
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

local function note_woken(worker, slots)
  woken = woken .. ';' .. worker .. ',' .. whole(slots) .. ',' .. whole(now)
end

-- Free slots of the workers that are about to call. One that does not call soon is waited for no longer.
local function slots_on_the_way()
  local slots, kept = 0, {}
  for entry, its_slots, at in string.gmatch(woken, '(;[^,;]*,(%d+),(%d+))') do
    if math.abs(now - tonumber(at)) <= LOOK_OVERDUE then
      slots = slots + tonumber(its_slots)
      kept[#kept + 1] = entry
    end
  end
  woken = table.concat(kept)
  return slots
end
