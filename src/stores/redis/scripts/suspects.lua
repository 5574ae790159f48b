-- include: head, batches, wake, ready
-- Live tasks that were running when their worker died. Most queues have none, and then nothing is looked up.
--
-- KEYS
--   suspects  hash, kept: id -> "where,since,company": r ready, h held, d delayed; since when it is a suspect, ms; how many suspects may
--             run together with it, itself included, in a worker that holds nothing else: 0 only itself
-- policy: SUSPECT_DELAY

-- Raises before anything is moved.
if has_feature('s') then
  call('HLEN', SUSPECTS)
end

-- Where a suspect is, since when it is one, and its company; nothing for another task.
-- value: as it is stored; nothing where it is not known yet.
local function suspect(id, value)
  local where, since, company = string.match(value or call('HGET', SUSPECTS, id) or '', '^(%a),(%d+),?(%d*)$')
  return where, tonumber(since or ''), tonumber(company or '') or 0
end

-- Notes that a suspect has moved. Other tasks are left alone.
local function move_suspect(id, where)
  local _, since, company = suspect(id)
  if since then
    call('HSET', SUSPECTS, id, where .. ',' .. whole(since) .. ',' .. whole(company))
  end
end

local function drop_suspects(ids)
  delete_of_feature('s', SUSPECTS, ids)
end

-- Whether a suspect has waited for long enough for a worker that holds nothing. Then one that has a company runs beside any other tasks, as
-- if it were no suspect. A time to come is of a clock that was set back.
local function is_overdue(since)
  return now - since > SUSPECT_DELAY or since > now
end

-- Whether this call has made suspects. Then one worker has to look, though it holds something, and hears when they run beside others.
local has_new_suspects = false

-- A suspect is for a worker that holds nothing. Another one, woken for it, would look in vain, and be woken again.
local function wake_among_suspects()
  local suspects = 0
  local all = call('HVALS', SUSPECTS)
  for _, value in ipairs(all) do
    local where, since, company = suspect(nil, value)
    suspects = suspects + (where == 'r' and not (company > 0 and is_overdue(since)) and 1 or 0)
  end
  local plain = math.max(0, count_ready() - suspects - slots_on_the_way())
  local still = ''
  while idle ~= '' and (suspects > 0 or plain > 0) do
    local entry = string.match(idle, '^;[^;]*')
    local worker, slots = next_idle()
    if not worker then
      break
    end
    local takes_suspect = suspects > 0 and held_by(worker) == ''
    if not takes_suspect and plain <= 0 then
      still = still .. entry
    elseif tell_worker(worker, 'wake') then
      note_woken(worker, slots)
      if takes_suspect then
        suspects = suspects - 1
      else
        plain = plain - math.max(1, slots)
      end
    end
  end
  idle = still .. idle
  if has_new_suspects and suspects > 0 then
    local worker, slots = next_idle()
    if worker and tell_worker(worker, 'wake') then
      note_woken(worker, slots)
    end
  end
end

local function wake_each()
  if has_feature('s') then
    wake_among_suspects()
  else
    wake(count_ready() - slots_on_the_way())
  end
  wake_for_due()
end

-- Wakes workers for the ready tasks that those who are on their way cannot take, and one that looks when the next delayed task is
-- due. So a claim passes on what it leaves, and wakes nobody for what others come for. Never raises: what the script was called for
-- is done, and a worker that is not woken looks by itself after a while.
local function wake_idle()
  if idle ~= '' and not paused and quiet_left == 0 then
    pcall(wake_each)
  end
end
