-- include: time, batch
-- Refuses a queue of another layout, and reads what is small of the queue: one hash, read by one command and written by one.
--
-- KEYS
--   state     hash, kept: M "layout,paused (0|1),features" | P priorities that may have ready tasks, the highest first | D when
--             the next delayed task is due, ms | F the last fence | E until when anyone listens to task events, ms | I idle
--             workers, and K those that were woken, see idle.lua | N counters, see counts.lua | S slots of records, see records.lua | U "due,worker": the
--             idle worker that was told last of a due time | R when overdue workers were looked at last, or given to a worker to
--             look at, ms | O when batches of unknown workers were searched last, ms | W:<worker> first fence of its last hand-off; the worker has a
--             lease for as long as this is there | H:<worker> and B:<fence>, see batches.lua | L:<worker>:<lane>
--             "seq,verdicts,fence" of the lane's last call
-- ARGV
--   layout    number of the layout that the caller reads and writes
--
-- features: one letter each for what most queues do not have, so that they need not look for it. s suspects | p progress |
-- i inboxes that came later | z left-over entries | a attempts
local state = call('HMGET', STATE, 'M', 'P', 'D', 'F', 'E', 'I', 'N', 'S', 'U', 'K')
local found_layout, paused_mark, features = string.match(state[1] or '', '^([^,]*),?(%d?),?(%a*)')
if state[1] and found_layout ~= layout then
  return redis.error_reply('LAYOUT ' .. found_layout)
end
local paused = paused_mark == '1'
local mask, next_due, last_fence = state[2] or '', tonumber(state[3] or ''), tonumber(state[4] or '') or 0
-- What cannot be read is looked up: else tasks would sleep for ever.
if string.find(mask, '%D') then
  mask = '9876543210'
end
if not next_due and state[3] and state[3] ~= '' then
  next_due = 0
end
local idle, counters, slots_in_use, woken = state[6] or '', state[7] or '', state[8] or '', state[10] or ''

-- Fields of the state to be written, a field and its value in turn, and fields to be deleted.
local changed, dropped = {}, {}

local function set(field, value)
  changed[#changed + 1] = field
  changed[#changed + 1] = value
end

local function has_feature(letter)
  return string.find(features, letter, 1, true) ~= nil
end

local function add_feature(letter)
  if not has_feature(letter) then
    features = features .. letter
  end
end

-- Nothing of it is left in its key.
local function drop_feature(letter)
  features = string.gsub(features, letter, '')
end

-- Deletes what tasks have of a feature, which a hash holds by their ids.
local function delete_of_feature(letter, key, ids)
  if has_feature(letter) and #ids > 0 then
    call_with('HDEL', key, ids)
    if call('HLEN', key) == 0 then
      drop_feature(letter)
    end
  end
end

-- Notes that the list of a priority may have tasks.
local function mark_priority(priority)
  if not string.find(mask, priority, 1, true) then
    local all = {}
    for each in string.gmatch(mask .. priority, '%d') do
      all[#all + 1] = each
    end
    table.sort(all, function(a, b) return a > b end)
    mask = table.concat(all)
  end
end

local function set_next_due(due)
  next_due = due
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
