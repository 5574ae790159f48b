-- include: head, waiting, unseen, places
-- Ends waiting tasks as REVOKED, and notes where each is to be queued, in one step: whoever notes it first moves it, and what a crash
-- has left under way is known. Refused whole when the server is out of memory.
--
-- KEYS
--   moving    hash, kept: id of the new task -> msgpack of the queue that it goes to, the live task that it was, and when it left (ms). Gone once it is there
-- ARGV
--   name      of the slot for the records, which is the first of the call
--   expiry    of that slot, ms
--   target    name of the other queue
--   moves     msgpack of three a task: id, id of the new task, outcome (encoded)
-- Reply, two a task: 1 moved out by this call, now or when it was sent before | 0 it is elsewhere, was over, or does not exist; what is
-- noted of it, or '' where it has arrived. SLOTS when other slots are in use
if not knows_slots() then
  return redis.error_reply('SLOTS ' .. slots_in_use)
end
-- Raises before a task ends.
call('HLEN', MOVING)
local both, ids = cmsgpack.unpack(moves), {}
for i = 1, #both, 3 do
  ids[#ids + 1] = both[i]
end
local values, found = live_tasks(ids)
local reply, ended, noted = {}, {}, {}
for i = 1, #both, 3 do
  local id, new_id, outcome = both[i], both[i + 1], both[i + 2]
  local is_out, note = 0, ''
  if values[id] and not found[id] and may_change_live(id, false) then
    note = pack({ target, read_task(values[id]).live, whole(now) })
    noted[#noted + 1] = new_id
    noted[#noted + 1] = note
    ended[#ended + 1] = { id = id, value = values[id], outcome = outcome }
    leave_queue(id)
    -- Named twice, it is moved once.
    values[id], is_out = nil, 1
  elseif not values[id] then
    note = call('HGET', MOVING, new_id) or ''
    local record = find_record(id)
    is_out = record and was_revoked(record, outcome) and 1 or 0
  end
  reply[#reply + 1] = is_out
  reply[#reply + 1] = note
end
if #noted > 0 then
  call_with('HSET', MOVING, noted)
end
finish(ended, REVOKED, nil, name, tonumber(expiry), true)
note_unseen(ended, 'X')
if #ended > 0 then
  note_next_due()
end
publish_ends()
if has_feature('s') then wake_idle() end
save_state()
return reply
