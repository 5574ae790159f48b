-- include: lane-fields, state
-- Settles and claims in the plain case, which is nearly every call: what ends are whole batches whose tasks have all succeeded, nobody
-- listens, nothing is due, and the queue has no feature that most queues do not have. It comes before the other parts and makes no
-- function: a function costs each call a tenth of a µs, and they have seventy.
--
-- KEYS
--   state     hash, kept: see state.lua
--   task      hash, kept: see tasks.lua
--   ready:0-9 lists, kept: see ready.lua
--   slot...   hash, one for each slot, gone with the ttl of their records: see records.lua
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
--   apart     see settle.lua
--   groups... see settle.lua
-- policy: APART_BYTES, CHUNK_TASKS, NOTICE_BYTES

-- Length of the list of idle workers from which on they are counted as in idle.lua.
local MANY_IDLE = 1024

local wanted, free_slots = tonumber(max), tonumber(free)
if not state[11] then
  return redis.error_reply('LOST lease')
end
local last_handed, last_call, held_before = tonumber(state[11]) or 0, state[12], state[13]

-- Of each group, by its place in ARGV: records, inboxes, and bytes of the records.
local records_of, inboxes_of, bytes_of = {}, {}, {}
local next_apart = GROUPS
for at = FIRST_GROUP, #ARGV, GROUP do
  local records, inboxes = cmsgpack.unpack(ARGV[at + 6])
  local bytes = #ARGV[at + 6]
  for i = 1, apart == '0' and 0 or #records do
    if records[i] == '' then
      records[i] = ARGV[next_apart]
      bytes = bytes + #records[i]
      next_apart = next_apart + 1
    end
  end
  records_of[at], inboxes_of[at], bytes_of[at] = records, inboxes, bytes
end

-- Left by break where something is not plain. Nothing has changed by then but the records of tasks that end in this call anyway.
repeat
  -- Counters: the first one, and all others.
  local succeeded, other_counts = string.match(counters, '^(%d+)(,[%d,]+)$')
  -- Where this worker is listed as idle.
  local idle_from = string.find(idle, ';' .. worker .. ',', 1, true)
  local idle_to = idle_from and (string.find(idle, ';', idle_from + 1, true) or #idle + 1)
  local others_idle = idle ~= '' and not (idle_from == 1 and idle_to > #idle)
  local last_seq = last_call and string.match(last_call, '^(%d+),%a*,%d*$')
  local is_plain_state = state[1] == layout .. ',0,' and succeeded and not has_listeners
    and not (next_due and (next_due <= now or others_idle))
    and not (others_idle and mask ~= '')
  local is_plain_call = others == '' and wanted <= CHUNK_TASKS and #ARGV < GROUP * MOST_GROUPS
    and (not last_call or last_seq and tonumber(last_seq) < tonumber(seq))
    and not (handed ~= '' and last_handed > tonumber(handed))
    and (slots == '' or string.find(slots_in_use, slots, 1, true) and string.find(slots, '^%w+:%d+;$'))
  if not (is_plain_state and is_plain_call) then break end

  -- Id and record in turn, as a slot keeps them, and ids, of each group.
  local ended, ended_ids, number = {}, {}, 0
  local held = held_before or ''
  for at = FIRST_GROUP, #ARGV, GROUP do
    local is_readable, by, _, marks, group_ids = pcall(cmsgpack.unpack, state[14 + (at - FIRST_GROUP) / GROUP] or '')
    local is_whole = is_readable and by == worker and marks == '' and ARGV[at + 1] == ''
    local is_told_alike = ARGV[at + 4] ~= '*' and bytes_of[at] <= NOTICE_BYTES
    if not is_whole or ARGV[at + 3] ~= '' or not is_told_alike or type(group_ids) ~= 'table' or #group_ids > CHUNK_TASKS then
      break
    end
    local records = records_of[at]
    if #records ~= #group_ids then break end
    -- What the records begin with, and its field, come first.
    local both = { string.match(ARGV[at + 5], '^(\n%w+)\n(.*)$') }
    local before = #both
    for i = 1, #group_ids do
      both[before + 2 * i - 1] = group_ids[i]
      both[before + 2 * i] = records[i]
    end
    local created = redis.pcall('HSET', SLOT(1), unpack(both))
    if type(created) ~= 'number' then break end
    -- A slot that is there again, after its last round or a DEL, has lost its expiry.
    if 2 * created == #both and call('HLEN', SLOT(1)) == created then
      call('PEXPIREAT', SLOT(1), string.match(slots, ':(%d+);'))
    end
    number = number + #group_ids
    ended[#ended + 1], ended_ids[#ended_ids + 1] = both, group_ids
    local from = string.find(held, ' ' .. ARGV[at] .. ':', 1, true)
    if from then
      held = string.sub(held, 1, from - 1) .. string.sub(held, string.find(held, ' ', from + 1, true) or #held + 1)
    end
  end
  if #ended < (#ARGV - FIRST_GROUP + 1) / GROUP then break end

  local ids, values, left = {}, {}, mask
  local popped, failure = {}, false
  while #ids < wanted and left ~= '' and not failure do
    local priority = string.sub(left, 1, 1)
    local room = wanted - #ids
    local entries = redis.pcall('LPOP', READY(priority), room)
    local is_list = entries and not entries.err
    if not entries or is_list and #entries < room then
      left = string.sub(left, 2)
    end
    local found = is_list and redis.pcall('HMGET', TASK, unpack(entries))
    failure = entries and not is_list or found and found.err
    if is_list then
      popped[#popped + 1], popped[#popped + 2] = priority, entries
    end
    for i = 1, found and not failure and #found or 0 do
      if found[i] then
        ids[#ids + 1], values[#values + 1] = entries[i], found[i]
      end
    end
  end
  if failure then
    for i = #popped, 1, -2 do
      for j = #popped[i], 1, -1 do
        call('LPUSH', READY(popped[i - 1]), popped[i][j])
      end
    end
    break
  end

  local dropped = {}
  for i = 1, #ended do
    local at = FIRST_GROUP + GROUP * (i - 1)
    call('HDEL', TASK, unpack(ended_ids[i]))
    if ARGV[at + 4] ~= '' then
      call(publish, channels .. 'in:' .. ARGV[at + 4], pack(queue, partition, ended[i]))
    end
    dropped[i] = 'B:' .. ARGV[at]
  end
  local fence, at_now = '', whole(now)
  local changed = { 'L:' .. worker .. ':' .. lane, '' }
  if number > 0 then
    changed[3], changed[4] = 'N', whole(succeeded + number) .. other_counts
  end
  if left ~= mask then
    changed[#changed + 1], changed[#changed + 2] = 'P', left
  end
  if #ids > 0 then
    local first = math.max(last_fence + 1, micros)
    fence = whole(first)
    changed[#changed + 1], changed[#changed + 2] = 'F', #ids == 1 and fence or whole(first + #ids - 1)
    changed[#changed + 1], changed[#changed + 2] = 'B:' .. fence, pack(worker, at_now, '', ids)
    held = held .. ' ' .. fence .. ':' .. #ids
  end
  changed[2] = seq .. ',,' .. fence
  if held ~= '' then
    changed[#changed + 1], changed[#changed + 2] = 'H:' .. worker, held
  elseif held_before then
    dropped[#dropped + 1] = 'H:' .. worker
  end

  -- The list of idle workers: see idle.lua and become-idle.lua.
  local entry, idle_workers = '', ''
  if #ids < wanted then
    -- Tasks are handed to a worker that holds none.
    local takes = handed ~= '' and held == ''
    entry = ';' .. worker .. ',' .. math.max(1, math.min(wanted, free_slots) - #ids) .. ',' .. (takes and 'h' or 'w')
    if next_due then
      changed[#changed + 1], changed[#changed + 2] = 'U', whole(next_due) .. ',' .. worker
    elseif state[9] and string.match(state[9], '^%d+,(.*)$') == worker then
      changed[#changed + 1], changed[#changed + 2] = 'U', ''
    end
  end
  local list = idle
  if not idle_from then
    list = idle .. entry
  elseif string.sub(idle, idle_from, idle_to - 1) ~= entry then
    -- A long list is not made anew for a worker that only looks.
    list = string.sub(idle, 1, idle_from - 1) .. entry .. string.sub(idle, idle_to)
  end
  if list ~= idle then
    changed[#changed + 1], changed[#changed + 2] = 'I', list
  end
  if woken ~= '' then
    local from = string.find(woken, ';' .. worker .. ',', 1, true)
    if from then
      local to = string.find(woken, ';', from + 1, true) or #woken + 1
      changed[#changed + 1], changed[#changed + 2] = 'K', string.sub(woken, 1, from - 1) .. string.sub(woken, to)
    end
  end
  if entry ~= '' then
    local second = string.find(list, ';', 2, true)
    if not second then
      idle_workers = '1'
    elseif #list > MANY_IDLE then
      idle_workers = whole(math.floor(#list / (second - 1) + 0.5))
    else
      idle_workers = whole(select(2, string.gsub(list, ';', ';')))
    end
  end
  call('HSET', STATE, unpack(changed))
  if #dropped > 0 then
    call('HDEL', STATE, unpack(dropped))
  end
  local head = { '', next_due and whole(next_due - now) or '', '0', '0', fence, at_now, idle_workers }
  if #values == 0 or #values[1] < APART_BYTES then
    return pack(head, ids, values)
  end
  table.insert(values, 1, pack(head, ids))
  return values
until true
