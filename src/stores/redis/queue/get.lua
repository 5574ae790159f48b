-- include: head, records, find-held, add-inbox
-- flags: allow-oom
-- flags where writes are refused: no-writes
-- Looks up tasks, and adds an inbox to those that are live.
--
-- KEYS
--   task      hash, kept: see tasks.lua
--   progress  hash, kept: see finish.lua
--   attempts  hash, kept: see finish.lua
-- ARGV
--   inbox     '' for none
--   ids...    of the tasks
-- Reply, six an id: kind (0 none, 1 live, 2 finished), live task or record, worker that holds it or '', since when (ms), progress or
-- '', msgpack of its attempts or ''; SLOTS when other slots are in use
if not knows_slots() then
  return redis.error_reply('SLOTS ' .. slots_in_use)
end
local wanted, values = {}, {}
for i = IDS, #ARGV do
  local id = ARGV[i]
  values[id] = call('HGET', TASK, id)
  if values[id] then
    wanted[id] = true
  end
end
local found = next(wanted) and find_held(wanted) or {}
local reply = {}

local function add(...)
  for _, part in ipairs({ ... }) do
    reply[#reply + 1] = part
  end
end

for i = IDS, #ARGV do
  local id = ARGV[i]
  if values[id] then
    add_inbox(id, inbox)
    local at = found[id]
    add(1, values[id], at and at.batch.by or '', at and at.batch.at or '', has_feature('p') and call('HGET', PROGRESS, id) or '',
      has_feature('a') and call('HGET', ATTEMPTS, id) or '')
  else
    local record = find_record(id)
    add(record and 2 or 0, record or '', '', '', '', '')
  end
end
if inbox ~= '' then
  save_state()
end
return reply
