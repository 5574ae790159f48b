-- include: plain-settle, head, finish, problems, requeue, claim, become-idle, wake
-- flags: allow-oom
-- Records settlements and claims up to max tasks.
--
-- KEYS
--   task      hash, kept: see tasks.lua
--   attempts  hash, kept: see finish.lua
-- ARGV
--   worker    its id
--   lane      0 or 1
--   seq       number of the call
--   max       most tasks to claim
--   free      free slots of the worker
--   handed    fence of the last hand-off that the worker has taken in; '' for a worker that takes none
--   others    msgpack of the settlements that do not end their tasks, nine each: kind (retry | release | others: released for other workers), fence of the batch,
--             place in it, id, priority, delay (ms), when it was queued (ms), live task behind its times ('': as it is),
--             attempt ('': none)
--   problems  msgpack of what failed runs have met, seven each: number of the settlement's verdict, fingerprint, job, class of the
--             error, message, version ('': unknown), id of the task; '': none
--   apart     how many records are large, and come by themselves: those that are empty in their group, in their order
--   groups... first those records; then the settlements that end their tasks, seven a batch and slot: fence of the batch, places in it with blanks between
--             them ('': all), number of the slot, status of each task ('': all succeeded), inboxes ('': none | an inbox: that
--             of all | *: a list of them, behind the records, with blanks between two of a task), what the records begin with, behind
--             its field and a line break, see records.lua ('': each is whole), msgpack of the records (and of the inboxes)
-- policy: APART_BYTES, MOST_ATTEMPTS, NOTICE_BYTES
-- Reply, msgpack of: [verdicts (a letter a settlement, in the order of groups and others: r recorded, n not held; '': all recorded),
-- ms to the next due task ('': none), paused (0|1), whether anyone listens (0|1), fence of the claimed batch, when it was claimed
-- (ms), how many workers are idle ('': this one is not)], ids, live tasks; then the same of a hand-off that was missed, if there is one: [fence, when (ms)], ids, live tasks.
-- Large live tasks come by themselves, behind the msgpack of the rest, where there is no such hand-off
holdings[worker] = held_before or ''

-- Ids and live tasks of a batch; false in place of those that are held no more.
local function contents_of(batch)
  local live = call('HMGET', TASK, unpack(batch.ids))
  for place = 1, #batch.ids do
    if not is_held(batch, place) then
      live[place] = false
    end
  end
  return live
end

local function reply_with(verdicts, fence, at, claimed, live, idle_workers)
  -- While nothing is claimed, nobody is woken either.
  local look_at = quiet_left > 0 and now + look_left or next_due
  if quiet_left == 0 and suspects_due then
    look_at = math.min(look_at or suspects_due, suspects_due)
  end
  local due = look_at and whole(math.max(0, look_at - now)) or ''
  local head = { verdicts, due, paused and '1' or '0', has_listeners and '1' or '0', fence, at, idle_workers or '' }
  -- A hand-off that is later than the one that the worker has taken in.
  local missed = handed ~= '' and last_handed > tonumber(handed) and batch_of(whole(last_handed))
  if missed then
    return pack(head, claimed, live, { whole(last_handed), missed.at }, missed.ids, contents_of(missed))
  end
  if not live[1] or #live[1] < APART_BYTES then
    return pack(head, claimed, live)
  end
  table.insert(live, 1, pack(head, claimed))
  return live
end

if last_call then
  local last_seq, verdicts, fence = string.match(last_call, '^(%d+),(%a*),(%d*)$')
  if not last_seq then
    -- Only under another id can the worker know what it holds.
    return redis.error_reply('LOST lane')
  end
  if tonumber(seq) < tonumber(last_seq) then
    return redis.error_reply('STALE call')
  end
  if tonumber(seq) == tonumber(last_seq) then
    -- Answered as the first time, but for tasks that were revoked since.
    local batch = fence ~= '' and batch_of(fence)
    local idle_workers = is_idle(worker) and whole(idle_count())
    if batch then
      return reply_with(verdicts, fence, batch.at, batch.ids, contents_of(batch), idle_workers)
    end
    return reply_with(verdicts, '', whole(now), {}, {}, idle_workers)
  end
end

-- Slots of the call: name and expiry of each.
local slot_names, slot_expiries = {}, {}
for name, expiry in string.gmatch(slots, '(%w+):(%d+);') do
  slot_names[#slot_names + 1] = name
  slot_expiries[#slot_expiries + 1] = tonumber(expiry)
end

-- Raise before anything is moved. A call that only ends tasks, or claims, undoes what it cannot finish.
if others ~= '' then
  check_delayed()
  call('HLEN', TASK)
  call('HLEN', ATTEMPTS)
end

local verdicts, all_recorded = {}, true

local function say(is_recorded)
  verdicts[#verdicts + 1] = is_recorded and 'r' or 'n'
  all_recorded = all_recorded and is_recorded
end

-- Ids and records of a group's tasks that the worker holds; with statuses and inboxes, where there are any of each task.
local function held_of(batch, places, group)
  if places == '' and batch.marks == '' and #group.records == #batch.ids then
    let_go_all(batch)
    for _ = 1, #group.records do
      verdicts[#verdicts + 1] = 'r'
    end
    return batch.ids, group.records, group.statuses, group.inboxes
  end
  local kept, records, statuses, inboxes, number = {}, {}, {}, {}, 0
  local function one(place)
    number = number + 1
    local is_mine = is_held(batch, place)
    say(is_mine)
    if is_mine then
      let_go(batch, place)
      kept[#kept + 1] = batch.ids[place]
      records[#records + 1] = group.records[number]
      statuses[#statuses + 1] = string.sub(group.statuses, number, number)
      inboxes[#inboxes + 1] = group.inboxes and group.inboxes[number]
    end
  end
  if places == '' then
    for place = 1, #group.records do one(place) end
  else
    for place in string.gmatch(places, '%d+') do one(tonumber(place)) end
  end
  return kept, records, table.concat(statuses), group.inboxes and inboxes
end

local function count_ends(ended, statuses)
  if statuses == '' then
    count('succeeded', #ended)
    return
  end
  local failed, of_status = {}, { ['1'] = 0, ['2'] = 0, ['3'] = 0 }
  for i = 1, #statuses do
    local status = string.sub(statuses, i, i)
    of_status[status] = (of_status[status] or 0) + 1
    if status ~= '1' then
      failed[#failed + 1] = ended[i]
    end
  end
  count('succeeded', of_status['1'])
  count('failed', of_status[FAILURE])
  count('revoked', of_status[REVOKED])
  note_failed(failed)
end

local function end_group(at)
  local batch = batch_of(ARGV[at])
  local field, begin = string.match(ARGV[at + 5], '^(\n%w+)\n(.*)$')
  local records, inboxes = records_of[at], inboxes_of[at]
  local group = { records = records, statuses = ARGV[at + 3], inboxes = inboxes }
  if not batch or batch.by ~= worker then
    for _ = 1, #records do say(false) end
    return
  end
  local ended, kept, statuses, boxes = held_of(batch, ARGV[at + 1], group)
  if #ended == 0 then
    return
  end
  -- Where one of them is over already, others may have the same field since then, with another text.
  if begin and #ended < #records then
    for i = 1, #kept do kept[i] = whole_record(kept[i], begin) end
    field, begin = nil, nil
  end
  -- Then a record may be larger than its worker knows.
  local has_more = has_feature('p') or has_feature('a')
  complete(ended, kept, begin)
  local both = { field, begin }
  for i = 1, #ended do
    both[#both + 1] = ended[i]
    both[#both + 1] = kept[i]
  end
  local number = tonumber(ARGV[at + 2])
  put_records(number, slot_names[number], slot_expiries[number], both)
  delete_tasks(ended)
  count_ends(ended, statuses)
  local inbox = ARGV[at + 4]
  local is_told_alike = not boxes and not has_more and bytes_of[at] <= NOTICE_BYTES
  if is_told_alike and inbox ~= '' then
    tell_inbox(inbox, both)
  end
  local is_told = is_told_alike or inbox == '' and not boxes
  if is_told and not has_listeners then
    return
  end
  local whole_ones = {}
  for i, id in ipairs(ended) do
    local record = begin and whole_record(kept[i], begin) or kept[i]
    whole_ones[2 * i - 1], whole_ones[2 * i] = id, record
    if not is_told then add_end(boxes and boxes[i] or inbox, id, record) end
  end
  announce('done', whole_ones)
end

for at = FIRST_GROUP, #ARGV, GROUP do
  end_group(at)
end

local function add_attempt(id, attempt)
  local known = call('HGET', ATTEMPTS, id)
  local is_readable, list = pcall(cmsgpack.unpack, known or '')
  if not is_readable or type(list) ~= 'table' then
    list = {}
  end
  list[#list + 1] = attempt
  while #list > MOST_ATTEMPTS do
    table.remove(list, 1)
  end
  call('HSET', ATTEMPTS, id, pack(list))
  add_feature('a')
end

-- Whether a task was released that this worker cannot run.
local leaves_to_others = false

-- Puts tasks back whose run has not ended them.
local function put_back_others()
  local all, released, moved = cmsgpack.unpack(others), {}, {}
  for i = 1, #all, 9 do
    local kind, fence, place, id, priority, delay, queued, tail, attempt = unpack(all, i, i + 8)
    local batch = batch_of(fence)
    local is_mine = batch and batch.by == worker and batch.ids[tonumber(place)] == id and is_held(batch, tonumber(place))
    if is_mine then
      let_go(batch, tonumber(place))
    end
    -- Its live task is gone, by whatever hand: there is nothing to put back.
    is_mine = is_mine and (tail ~= '' or call('HEXISTS', TASK, id) == 1)
    say(is_mine)
    if is_mine then
      moved[#moved + 1] = id
      local due = tonumber(delay) > 0 and now + tonumber(delay)
      if tail ~= '' then
        call('HSET', TASK, id, queued .. ',' .. whole(due or now) .. ',' .. tail)
      end
      if attempt ~= '' then add_attempt(id, attempt) end
      if kind == 'retry' then drop_suspects({ id }) end
      count(kind == 'retry' and 'retried' or 'released', 1)
      if due then
        delay_task(id, due)
        leaves_to_others = leaves_to_others or kind == 'others'
      elseif kind == 'retry' then
        push('RPUSH', priority, { id })
      else
        released[#released + 1] = { id, priority }
      end
    end
  end
  for i = #released, 1, -1 do
    put_at_head(released[i][1], released[i][2])
  end
  drop_progress(moved)
end

if others ~= '' then
  put_back_others()
end
if problems ~= '' then
  note_problems(verdicts)
end
note_batches()
-- Before anything is claimed: where it raises, no task is out of its list.
publish_ends()
local function claim_due()
  local due = make_due_ready()
  if has_feature('s') then
    for _, id in ipairs(due) do
      move_suspect(id, 'r')
    end
  end
  return claim(wanted)
end

-- has_claimed: else fence is the reason, which servers give as a text or as a table. Nothing was claimed.
local has_claimed, fence, is_blocked = pcall(claim_due)
if not has_claimed then
  if #verdicts == 0 then
    save_state()
    return redis.error_reply(type(fence) == 'table' and fence.err or tostring(fence))
  end
  -- What is settled stays so. The worker claims again at once, and without settlements is told the reason.
  fence, wanted = '', 0
end
local idle_workers
if wanted > 0 and #ids < wanted and not is_blocked then
  -- Tasks are handed to a worker that holds none. Nothing is left then of a hand-off that it has not heard of.
  local takes = handed ~= '' and held_by(worker) == ''
  if takes and tonumber(handed) < last_handed then
    set('W:' .. worker, handed)
  end
  become_idle(math.max(1, math.min(wanted, free_slots) - #ids), takes and 'h' or 'w', leaves_to_others)
  idle_workers = whole(idle_count())
else
  drop_idle(worker)
end
local said = all_recorded and '' or table.concat(verdicts)
set('L:' .. worker .. ':' .. lane, seq .. ',' .. said .. ',' .. fence)
wake_idle()
save_batches()
save_state()
if not has_claimed then
  next_due = now
end
return reply_with(said, fence, whole(now), ids, values, idle_workers)
