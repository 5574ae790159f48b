-- include: head
-- Finds entries in the lists of ready tasks. To look for each one from the head of its list would take the square of their number. So
-- what is around a found entry is read as well: the next one that is looked for is mostly there. A list that has its entries in another
-- order is read as a whole, unless it is too long: then only LPOS is left. No entry may change its place until the last one is found.
--
-- KEYS
--   ready:0-9 lists, kept: see ready.lua

-- LONGEST_READ: longest list that is read as a whole. LARGEST_WIDTH: most entries that are read on one side of a found one. PAGE: entries
-- of one LRANGE. READ_COST: LPOS passes as many entries in the time in which one is read. FEW: so few entries show that the order is another.
local LONGEST_READ, LARGEST_WIDTH, PAGE, READ_COST, FEW = 65536, 8000, 1000, 8, 10

-- What was looked at so far, in entries that LPOS passes.
local searched = 0

-- The ids of the call: id -> true; and their number.
local wanted, number_wanted = {}, 0

-- By priority: places of wanted ids, how many entries are read on each side of the next one that is found, how often a place was
-- not known, how many were known since, and whether all entries were read.
local known_lists = {}

-- Announces an id, before the first one is looked for.
local function want(id)
  wanted[id] = true
  number_wanted = number_wanted + 1
end

local function read_entries(list, first, last)
  for from = first, last, PAGE do
    local ids = call('LRANGE', READY(list.priority), whole(from), whole(math.min(last, from + PAGE - 1)))
    for i = 1, #ids do
      if wanted[ids[i]] then
        list.places[ids[i]] = from + i - 1
      end
    end
    searched = searched + READ_COST * #ids
  end
end

local function read_around(list, place, width)
  if width > 0 then
    read_entries(list, math.max(0, place - width), place + width)
  end
end

-- near: a place where the first entries may be, or nothing.
local function known_list(priority, near)
  local list = known_lists[priority]
  if not list then
    list = { priority = priority, places = {}, width = number_wanted - 1, misses = 0, hits = 0, is_whole = false }
    known_lists[priority] = list
    if near then
      read_around(list, near, number_wanted)
    end
  end
  return list
end

-- The place of an entry that was read already, or nothing.
local function known_place(list, id)
  local place = list.places[id]
  if place then
    list.hits = list.hits + 1
  end
  return place
end

-- The place of an entry that was not read yet, or nothing where it is not in the list.
local function search_place(list, id)
  if list.is_whole then
    return nil
  end
  local length, hits = call('LLEN', READY(list.priority)), list.hits
  list.misses, list.hits = list.misses + 1, 0
  local is_mixed = list.misses > 2 and hits < FEW
  if is_mixed and length <= LONGEST_READ then
    list.is_whole = true
    read_entries(list, 0, length - 1)
    return list.places[id]
  end
  local place = call('LPOS', READY(list.priority), id)
  searched = searched + (place and place + 1 or length)
  if place and not is_mixed then
    read_around(list, place, list.width)
    list.width = math.min(LARGEST_WIDTH, 4 * list.width)
  end
  return place
end
