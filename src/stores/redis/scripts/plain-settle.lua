-- include: state, records, take, become-idle
-- Settles and claims in the plain case, which is nearly every call: what ends are whole batches whose tasks have all succeeded, nobody
-- listens, nothing is due, and the queue has no feature that most queues do not have. It comes before the other parts, since each
-- function that a script makes costs each call a tenth of a µs, and they have seventy.
--
-- KEYS
--   state     hash, kept: see state.lua
--   task      hash, kept: see tasks.lua
-- ARGV
--   worker    its id
--   lane      0 or 1
--   seq       number of the call
--   max       most tasks to claim
--   free      free slots of the worker
--   handed    fence of the last hand-off that the worker has taken in; '' for a worker that takes none
--   others    msgpack of the settlements that do not end their tasks; '': none
--   slots     see records.lua
--   channels  prefix of channels
--   publish   PUBLISH, or SPUBLISH where channels lie in the queue's slot
--   queue     name of the queue
--   partition its number
--   groups... see settle.lua
-- policy: CHUNK_TASKS, NOTICE_BYTES

-- Most groups: their batches are read together.
local MOST_GROUPS = 1000

local wanted, free_slots = tonumber(max), tonumber(free)
local mine_fields = { 'W:' .. worker, 'L:' .. worker .. ':' .. lane, 'H:' .. worker }
for at = GROUPS, math.min(#ARGV, 6 * MOST_GROUPS), 6 do
  mine_fields[#mine_fields + 1] = 'B:' .. ARGV[at]
end
local mine = call('HMGET', STATE, unpack(mine_fields))
if not mine[1] then
  return redis.error_reply('LOST lease')
end
local last_handed = tonumber(mine[1]) or 0

local slot_name, slot_expiry = string.match(slots, '^(%w+):(%d+);$')
-- Counters: the first one, and all others.
local succeeded, other_counts = string.match(counters, '^(%d+)(,[%d,]+)$')

-- Whether nothing asks for more than plain groups do.
local function is_plain_call()
  local last_seq = mine[2] and string.match(mine[2], '^(%d+),%a*,%d*$')
  if mine[2] and not (last_seq and tonumber(last_seq) < tonumber(seq)) then
    return false
  end
  local others_idle = idle ~= '' and replaced(idle, worker, '') ~= ''
  return others == '' and features == '' and succeeded and not (paused or has_listeners)
    and not (next_due and (next_due <= now or others_idle))
    and not (others_idle and mask ~= '')
    and not (handed ~= '' and last_handed > tonumber(handed))
    and wanted <= CHUNK_TASKS and #ARGV < 6 * MOST_GROUPS and (slots == '' or slot_name)
end

-- Fence of the batch, ids and records of each group; nothing where one of them is not plain.
local function plain_groups()
  local groups = {}
  for at = GROUPS, #ARGV, 6 do
    local is_readable, by, _, marks, ids = pcall(cmsgpack.unpack, mine[4 + (at - GROUPS) / 6] or '')
    local is_whole = is_readable and by == worker and marks == '' and ARGV[at + 1] == ''
    local is_told_alike = ARGV[at + 4] ~= '*' and #ARGV[at + 5] <= NOTICE_BYTES
    if not is_whole or ARGV[at + 3] ~= '' or not is_told_alike or type(ids) ~= 'table' or #ids > CHUNK_TASKS then
      return
    end
    local records = cmsgpack.unpack(ARGV[at + 5])
    if #records ~= #ids then
      return
    end
    groups[#groups + 1] = { fence = ARGV[at], ids = ids, records = records, inbox = ARGV[at + 4] }
  end
  return groups
end

-- held: the batches of the worker, as in H. Returns those that are left.
local function end_plain_group(group, held)
  local both, ids, records = {}, group.ids, group.records
  for i = 1, #ids do
    both[2 * i - 1] = ids[i]
    both[2 * i] = records[i]
  end
  put_records(1, slot_name, tonumber(slot_expiry), both)
  call('HDEL', TASK, unpack(ids))
  if group.inbox ~= '' then
    call(publish, channels .. 'in:' .. group.inbox, pack(queue, partition, both))
  end
  dropped[#dropped + 1] = 'B:' .. group.fence
  local from = string.find(held, ' ' .. group.fence .. ':', 1, true)
  if from then
    held = string.sub(held, 1, from - 1) .. string.sub(held, string.find(held, ' ', from + 1, true) or #held + 1)
  end
  return held
end

-- Returns the reply; nothing where it has changed nothing, since the tasks cannot be claimed.
local function settle_plainly(groups)
  local held, ended, fence, idle_workers = mine[3] or '', 0, '', ''
  for _, group in ipairs(groups) do
    held = end_plain_group(group, held)
    ended = ended + #group.ids
  end
  counters = whole(succeeded + ended) .. other_counts
  local has_claimed = try_take(wanted)
  if not has_claimed then
    if ended == 0 then
      return
    end
    -- The worker claims again at once, and without settlements is told the reason.
    wanted = 0
  end
  if #ids > 0 then
    local first = math.max(last_fence + 1, micros)
    fence = whole(first)
    set('F', whole(first + #ids - 1))
    set('B:' .. fence, pack(worker, whole(now), '', ids))
    held = held .. ' ' .. fence .. ':' .. #ids
  end
  if #ids < wanted then
    -- Tasks are handed to a worker that holds none.
    local takes = handed ~= '' and held == ''
    become_idle(math.max(1, math.min(wanted, free_slots) - #ids), takes and 'h' or 'w', false)
    idle_workers = whole(idle_count())
  else
    drop_idle(worker)
  end
  set('L:' .. worker .. ':' .. lane, seq .. ',,' .. fence)
  if held ~= '' then
    set('H:' .. worker, held)
  elseif mine[3] then
    dropped[#dropped + 1] = 'H:' .. worker
  end
  save_state()
  if not has_claimed then
    next_due = now
  end
  local due = next_due and whole(next_due - now) or ''
  return pack({ '', due, '0', '0', fence, whole(now), idle_workers }, ids, values)
end

local plain = is_plain_call() and plain_groups()
local plain_reply = plain and settle_plainly(plain)
if plain_reply then
  return plain_reply
end
