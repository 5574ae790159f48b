-- include: head, waiting, unseen, places
-- flags: allow-oom
-- Ends tasks that wait at one of the places as REVOKED. Held tasks stay.
--
-- ARGV
--   outcome   encoded
--   name      of the slot for the records, which is the first of the call
--   expiry    of that slot, ms
--   ids...    of the tasks
-- Reply, one an id: 1 ended by this call, now or when it was sent before | 0 it is elsewhere, or does not exist; SLOTS when other slots
-- are in use
if not knows_slots() then
  return redis.error_reply('SLOTS ' .. slots_in_use)
end

local ids = { unpack(ARGV, IDS) }
local values, held = live_tasks(ids)
local reply, ended = {}, {}
for i, id in ipairs(ids) do
  if values[id] and not held[id] and may_change_live(id, false) then
    reply[i] = 1
    ended[#ended + 1] = { id = id, value = values[id] }
    values[id] = nil
    leave_queue(id)
  else
    local record = not values[id] and find_record(id)
    reply[i] = record and was_revoked(record, outcome) and 1 or 0
  end
end
finish(ended, REVOKED, outcome, name, tonumber(expiry))
note_unseen(ended, 'X')
if #ended > 0 then
  note_next_due()
end
publish_ends()
if has_feature('s') then wake_idle() end
save_state()
return reply
