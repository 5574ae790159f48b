-- include: state
-- Writes the state of a queue.
--
-- KEYS
--   state     hash, kept: see state.lua
-- ARGV
--   layout    number of the layout that the caller reads and writes

-- Fields of the state to be written, a field and its value in turn, and fields to be deleted.
local changed, dropped = {}, {}

local function set(field, value)
  changed[#changed + 1] = field
  changed[#changed + 1] = value
end

-- Writes what has changed: the last step but the reply.
local function save_state()
  local meta = layout .. ',' .. (paused and '1' or '0') .. ',' .. features
  if state[1] and meta ~= state[1] then set('M', meta) end
  if mask ~= (state[2] or '') then set('P', mask) end
  local due = next_due and whole(next_due) or ''
  if due ~= (state[3] or '') then set('D', due) end
  if idle ~= (state[6] or '') then set('I', idle) end
  if woken ~= (state[10] or '') then set('K', woken) end
  if counters ~= (state[7] or '') then set('N', counters) end
  if slots_in_use ~= (state[8] or '') then set('S', slots_in_use) end
  for first = 1, #changed, 1000 do
    call('HSET', STATE, unpack(changed, first, math.min(first + 999, #changed)))
  end
  for first = 1, #dropped, 1000 do
    call('HDEL', STATE, unpack(dropped, first, math.min(first + 999, #dropped)))
  end
end
