-- include: notices, next-idle, batches, wake
-- Leases tasks that are being queued to idle workers, and tells them in one message. So they need not be woken to claim.
-- policy: HAND_OVER_BYTES

-- Whether new tasks may overtake nothing when they are handed over.
local function may_hand_off()
  return idle ~= '' and not paused and quiet_left == 0 and mask == '' and not has_feature('s') and not (next_due and next_due <= now)
end

-- Hands over tasks from the first one on: to each worker as many as it has free slots, in one message, or none where they are large.
-- One that has free slots left is woken for them: it goes behind the others.
-- pairs_of_tasks: id and live task in turn. Returns the number of tasks that are left to no worker, which are the last ones.
local function hand_off(pairs_of_tasks)
  local n, from = #pairs_of_tasks / 2, 1
  while from <= n do
    local worker, slots = first_taker()
    if not worker then
      break
    end
    local ids, values, bytes = {}, {}, 0
    for i = from, math.min(n, from + math.max(1, slots) - 1) do
      ids[#ids + 1] = pairs_of_tasks[2 * i - 1]
      values[#values + 1] = pairs_of_tasks[2 * i]
      bytes = bytes + #pairs_of_tasks[2 * i]
    end
    if bytes > HAND_OVER_BYTES then
      break
    end
    drop_idle(worker)
    local fence = math.max(last_fence + 1, micros)
    -- One that does not hear it gets nothing.
    if tell_worker(worker, 'handed', whole(fence), whole(now), has_listeners and '1' or '0', ids, values) then
      last_fence = fence + #ids - 1
      set('F', whole(last_fence))
      set('W:' .. worker, whole(fence))
      add_batch(worker, whole(fence), ids, false)
      if slots > #ids then
        add_idle(worker, slots - #ids, 'w')
      end
      from = from + #ids
    end
  end
  return n - from + 1
end
