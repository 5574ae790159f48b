-- include: head, task
-- flags: allow-oom
-- Looks up tasks, and adds an inbox to those that are live.
--
-- KEYS
--   task      hash, kept: see task.lua
--   held      hash, kept: see held.lua
--   progress  hash, kept: see task-progress.lua
--   done...   strings, gone with the result's ttl: records, one for each id
-- ARGV
--   inbox     '' for none
--   ids...    of the tasks
-- Reply, four an id: kind (0 none, 1 live, 2 finished), live task or record, row of held or '', progress or ''
local reply = {}
for i = IDS, #ARGV do
  local id = ARGV[i]
  local at = #reply
  local value = call('HGET', TASK, id)
  if value then
    add_inbox(id, value, unpack_task(value), inbox)
    reply[at + 1] = 1
    reply[at + 2] = value
    reply[at + 3] = call('HGET', HELD, id) or ''
    reply[at + 4] = call('HGET', PROGRESS, id) or ''
  else
    local record = record_at(DONE(i - IDS + 1))
    reply[at + 1] = record and 2 or 0
    reply[at + 2] = record or ''
    reply[at + 3] = ''
    reply[at + 4] = ''
  end
end
return reply
