-- include: head, finish, wake
-- flags: allow-oom
-- Ends tasks as REVOKED at once, and tells the workers that hold them.
--
-- KEYS
--   task      hash, kept: see task.lua
--   delayed   zset, kept: id by due time, ms
--   done...   strings, gone with the result's ttl: records, one for each id
-- ARGV
--   outcome   encoded
--   ttl       of the records, ms
--   ids...    of the tasks
-- Reply, one an id: 1 revoked by this call, now or when it was sent before | 0 it was over, or does not exist
--
-- Channel <prefix>worker:<worker>: framed 'revoked', queue, id.
local REVOKED = 3

-- Whether a record says that the task was revoked with this outcome.
local function was_revoked(record)
  local status, body, written = string.match(record, '^(%d+),%d+,%d+,%d+,%d+,%d+,%d+,%d+,(%d+),(%d+),')
  local head = string.find(record, '\n', 1, true)
  if tonumber(status) ~= REVOKED or not head then
    return false
  end
  local start = head + 1 + tonumber(body)
  return string.sub(record, start, start + tonumber(written) - 1) == outcome
end

local reply = {}
for i = IDS, #ARGV do
  local id, done_key = ARGV[i], DONE(i - IDS + 1)
  local value = call('HGET', TASK, id)
  local changed
  if value then
    local task = unpack_task(value)
    local _, claimed_at, by = held_row(id)
    if by then
      task.runs = task.runs + 1
      call('PUBLISH', channels .. 'worker:' .. by, frame({ 'revoked', queue, id }))
    end
    call('ZREM', DELAYED, id)
    finish(id, value, task, REVOKED, claimed_at or '0', '0', by or '', outcome, ttl, done_key)
    changed = true
  else
    local record = record_at(done_key)
    changed = record and was_revoked(record)
  end
  reply[#reply + 1] = changed and 1 or 0
end
publish()
wake()
return reply
