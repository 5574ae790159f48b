-- include: idle
-- Takes idle workers from their list, to be woken or handed tasks.
-- policy: LOOK_OVERDUE

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
