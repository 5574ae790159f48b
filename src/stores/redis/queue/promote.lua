-- include: head, tasks, requeue, wake, find-held, places
-- flags: allow-oom
-- Makes delayed tasks ready now, at the head of their lists, in the order in which they are named.
--
-- KEYS
--   task      hash, kept: see tasks.lua
--   delayed   zset, kept: id by due time, ms
--   ready:0-9 lists, kept: see ready.lua
-- ARGV
--   ids...    of the tasks
-- Reply, one an id: 1 promoted, or held by a worker, where that is one of the places | 0 neither
local promoted, others, has_others, moved = {}, {}, false, 0

-- Raises, on a list of another type, before anything is moved.
local function check_lists()
  check_delayed()
  for i = IDS, #ARGV do
    local value = call('ZSCORE', DELAYED, ARGV[i]) and call('HGET', TASK, ARGV[i])
    if value then
      call('LLEN', READY(read_task(value).priority))
    end
  end
end

check_lists()
for i = #ARGV, IDS, -1 do
  local id = ARGV[i]
  local value = call('HGET', TASK, id)
  if value and may_change_live(id, false) and call('ZREM', DELAYED, id) == 1 then
    local task = read_task(value)
    task.due = whole(now)
    save_task(id, value, task)
    put_at_head(id, task.priority)
    promoted[i], moved = true, moved + 1
  elseif value and may_change('h') then
    others[id], has_others = true, true
  end
end
if moved > 0 then
  local first = call('ZRANGE', DELAYED, 0, 0, 'WITHSCORES')[2]
  set_next_due(tonumber(first or ''))
end
local found = has_others and find_held(others) or {}
local reply = {}
for i = IDS, #ARGV do
  reply[#reply + 1] = (promoted[i] or found[ARGV[i]]) and 1 or 0
end
wake_idle()
save_state()
return reply
