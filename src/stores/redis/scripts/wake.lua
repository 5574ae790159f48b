-- include: head, notices, next-idle
-- Wakes idle workers. Near the end of every script that may have made something ready.
-- policy: LOOK_OVERDUE

-- Wakes idle workers that together have as many free slots as there are tasks, those that have waited longest first. One that does
-- not hear it any more is passed over.
local function wake(wanted)
  while wanted > 0 and not paused and quiet_left == 0 do
    local worker, slots = next_idle()
    if not worker then
      return
    end
    if tell_worker(worker, 'wake') then
      note_woken(worker, slots)
      wanted = wanted - math.max(1, slots)
    end
  end
end

-- One idle worker looks when the next delayed task is due: the one that was told last, unless it is idle no more.
local function wake_for_due()
  if paused or quiet_left > 0 or not next_due or idle == '' then
    return
  end
  local told, worker = string.match(state[9] or '', '^(%d+),(.*)$')
  local is_set = told and tonumber(told) <= next_due and tonumber(told) > now - LOOK_OVERDUE and is_idle(worker)
  if not is_set then
    wake(1)
  end
end
