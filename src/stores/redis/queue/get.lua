-- Looks tasks up, and follows those that are live. ARGV 4 inbox ('' for none), then ids, their done keys in the same order.
-- Reply, four an id: kind (0 nothing, 1 live, 2 finished), live task or record, row of held or '', progress or ''.
local reply = {}
for i = 5, #ARGV do
  local id = ARGV[i]
  local at = #reply
  local value = call('HGET', TASK, id)
  if value then
    if ARGV[4] ~= '' then
      local task = parse(value)
      if not string.find(' ' .. task.inboxes .. ' ', ' ' .. ARGV[4] .. ' ', 1, true) then
        task.inboxes = task.inboxes == '' and ARGV[4] or (task.inboxes .. ' ' .. ARGV[4])
        call('HSET', TASK, id, live(task, body_of(value, task), outcome_of(value, task)))
      end
    end
    reply[at + 1] = 1
    reply[at + 2] = value
    reply[at + 3] = call('HGET', HELD, id) or ''
    reply[at + 4] = call('HGET', PROGRESS, id) or ''
  else
    local rec = call('GET', KEYS[DONE + i - 4])
    reply[at + 1] = rec and 2 or 0
    reply[at + 2] = rec or ''
    reply[at + 3] = ''
    reply[at + 4] = ''
  end
end
return reply
