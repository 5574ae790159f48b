-- include: head, waiting, unseen, places
-- flags: allow-oom
-- Ends tasks that stand at one of the places as REVOKED at once, and tells the workers that hold them.
--
-- ARGV
--   outcome   encoded
--   name      of the slot for the records, which is the first of the call
--   expiry    of that slot, ms
--   ids...    of the tasks
-- Reply, one an id: 1 revoked by this call, now or when it was sent before | 0 it is elsewhere, was over, or does not exist; SLOTS when other slots
-- are in use
if not knows_slots() then
  return redis.error_reply('SLOTS ' .. slots_in_use)
end

local ids = { unpack(ARGV, IDS) }
local values, found = live_tasks(ids)
local reply, ended, taken = {}, {}, {}
for i, id in ipairs(ids) do
  if values[id] and may_change_live(id, found[id]) then
    reply[i] = 1
    if not taken[id] then
      taken[id] = true
      ended[#ended + 1] = { id = id, value = values[id] }
    end
  else
    local record = not values[id] and find_record(id)
    reply[i] = record and was_revoked(record, outcome) and 1 or 0
  end
end
for _, each in ipairs(ended) do
  local at = found[each.id]
  if at then
    each.batch = at.batch
    let_go(at.batch, at.place)
    tell_worker(at.batch.by, 'revoked', each.id)
  else
    leave_queue(each.id)
  end
end
finish(ended, REVOKED, outcome, name, tonumber(expiry))
note_unseen(ended, 'X')
if #ended > 0 then
  note_next_due()
end
publish_ends()
note_batches()
if has_feature('s') then wake_idle() end
save_batches()
save_state()
return reply
