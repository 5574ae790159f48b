-- include: head, waiting, unseen
-- flags: allow-oom
-- Ends tasks as REVOKED at once, and tells the workers that hold them.
--
-- KEYS
--   task      hash, kept: see tasks.lua
-- ARGV
--   outcome   encoded
--   name      of the slot for the records, which is the first of the call
--   expiry    of that slot, ms
--   ids...    of the tasks
-- Reply, one an id: 1 revoked by this call, now or when it was sent before | 0 it was over, or does not exist; SLOTS when other slots
-- are in use
if not knows_slots() then
  return redis.error_reply('SLOTS ' .. slots_in_use)
end

local reply, ended, waiting = {}, {}, {}
for i = IDS, #ARGV do
  local id = ARGV[i]
  local value = not waiting[id] and call('HGET', TASK, id)
  if value then
    waiting[id] = true
    ended[#ended + 1] = { id = id, value = value }
    reply[#reply + 1] = 1
  else
    local record = not waiting[id] and find_record(id)
    reply[#reply + 1] = (waiting[id] or record and was_revoked(record, outcome)) and 1 or 0
  end
end
local found = next(waiting) and find_held(waiting) or {}
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
