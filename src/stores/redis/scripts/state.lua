-- include: more-fields
-- Refuses a queue of another layout, and reads what is small of the queue: one hash, read by one command and written by one. No function
-- is made here: see plain-queue.lua.
--
-- KEYS
--   state     hash, kept: M "layout,paused (0|1),features" | P priorities that may have ready tasks, the highest first | D when
--             the next delayed task is due, ms | F the last fence | E until when anyone listens to task events, ms | I idle
--             workers, and K those that were woken, see idle.lua | N counters, see counts.lua | S slots of records, see records.lua | U "due,worker": the
--             idle worker that was told last of a due time | R when overdue workers were looked at last, or given to a worker to
--             look at, ms | Y the worker that is held back for a suspect, see claim.lua | O when batches of unknown workers were searched last, ms | A and Q see history.lua | W:<worker> first fence of its last hand-off; the worker has a
--             lease for as long as this is there | H:<worker> and B:<fence>, see batches.lua | L:<worker>:<lane>
--             "seq,verdicts,fence" of the lane's last call
-- ARGV
--   layout    number of the layout that the caller reads and writes
--
-- features: one letter each for what most queues do not have, so that they need not look for it. s suspects | p progress |
-- i inboxes that came later | z left-over entries | a attempts | h the history has changed lately
-- policy: QUIET_TIME, LONGEST_QUIET
local state = call('HMGET', STATE, 'M', 'P', 'D', 'F', 'E', 'I', 'N', 'S', 'U', 'K', unpack(more_fields))
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

-- Time for which nothing is claimed, and for which no worker is taken for dead, ms: the history of the store has changed, and the
-- living workers say what they hold. By the clock of then, which may be another one.
-- look_left: time after which a worker looks whether it may claim.
local quiet_left, truce_left, look_left = 0, 0, 0
if string.find(features, 'h', 1, true) then
  local since, ttl = string.match(call('HGET', STATE, 'A') or '', '^[^,]*,(%d+),(%d+)$')
  local age = since and now - tonumber(since) or -1
  if age >= 0 then
    local is_missing = age < LONGEST_QUIET and (call('HGET', STATE, 'Q') or '') ~= ''
    quiet_left = math.max(0, (is_missing and LONGEST_QUIET or QUIET_TIME) - age)
    look_left = age < QUIET_TIME and QUIET_TIME - age or quiet_left
    truce_left = math.max(0, tonumber(ttl) - age)
  end
  if quiet_left + truce_left == 0 then
    features = (string.gsub(features, 'h', ''))
  end
end
local has_listeners = (tonumber(state[5] or '') or 0) > now
local pack = cmsgpack.pack
