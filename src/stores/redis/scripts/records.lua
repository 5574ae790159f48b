-- include: state, whole-record
-- Records of finished tasks.
--
-- KEYS
--   slot...   hash, one for each slot, gone with the ttl of their records: id -> record: "status,claimedAt,took,fence,liveLength,outcomeLength,worker
--             \n" live task, outcome, and msgpack of progress and attempts, where there are any. Records that were written together
--             have what they begin with in a field of its own: "\n<fence of the first task>" -> "claimedAt,fence,worker\n" begin of the live
--             tasks; id -> "\n<fence of the first task>\nstatus,took,liveLength,outcomeLength\n" end of the live task, outcome, and so on
-- ARGV
--   slots     what the slots of the call are: "name:expiry;" for each, as in the field S of the state
--
-- Times are ms. fence: that of the batch in which the task was held when a settlement ended it; 0 for none. claimedAt: 0 for a task that was not held.

-- Whether the call names all slots that are in use. Its caller, who has another view of them, gets the present one.
local function knows_slots()
  return slots == slots_in_use
end

-- Returns the record of a finished task; nothing when there is none. A slot of another type has none.
local function find_record(id)
  for number = 1, SLOTS do
    local record = redis.pcall('HGET', SLOT(number), id)
    if type(record) == 'string' then
      local field = string.match(record, '^\n%w+')
      return field and whole_record(record, call('HGET', SLOT(number), field)) or record
    end
  end
end

-- Notes a slot in S, without those that are over.
local function note_slot(name, expiry)
  local kept = {}
  for other, until_when in string.gmatch(slots_in_use, '(%w+):(%d+);') do
    if other ~= name and tonumber(until_when) > now then
      kept[#kept + 1] = other .. ':' .. until_when .. ';'
    end
  end
  kept[#kept + 1] = name .. ':' .. whole(expiry) .. ';'
  slots_in_use = table.concat(kept)
end

-- Writes records into a slot, whatever another program has written there. records: id and record in turn.
local function put_records(number, name, expiry, records)
  local key = SLOT(number)
  local known = tonumber(string.match(slots_in_use, name .. ':(%d+);') or '') or 0
  local created = 0
  for first = 1, #records, 1000 do
    local last = math.min(first + 999, #records)
    local added = redis.pcall('HSET', key, unpack(records, first, last))
    if type(added) ~= 'number' then
      -- Deletes what has another type.
      call('PEXPIRE', key, '0')
      added = call('HSET', key, unpack(records, first, last))
    end
    created = created + added
  end
  -- A slot that is there again, after its last round or a DEL, has lost its expiry.
  if known < expiry or created == #records / 2 and call('HLEN', key) == created then
    local later = math.max(known, expiry)
    call('PEXPIREAT', key, whole(later))
    note_slot(name, later)
  end
end
