-- include: head
-- Claimed tasks. A claim makes one batch, whatever the number of its tasks. The fence of a task is that of the batch and its
-- place in it, from 0.
--
-- KEYS
--   state     hash, kept: B:<fence> -> msgpack of worker, claimed at (ms), marks, ids; the marks are one 1 (held) or 0 (no more)
--             a place, or '' while all are held | H:<worker> -> " <fence>:<number of held tasks>" for each of its batches, with
--             an x at the end where the batch is a suspect

-- fence -> batch, or false
local batches = {}
-- worker -> its text of H; and whether that has changed
local holdings, has_changed = {}, {}

local function batch_from(fence, record)
  local is_readable, by, at, marks, ids = pcall(cmsgpack.unpack, record or '')
  local is_batch = is_readable and type(ids) == 'table' and type(marks) == 'string' and type(by) == 'string'
  local batch = is_batch and { fence = fence, by = by, at = tostring(at), marks = marks, ids = ids } or false
  batches[fence] = batch
  return batch
end

local function batch_of(fence)
  local batch = batches[fence]
  if batch == nil then
    return batch_from(fence, call('HGET', STATE, 'B:' .. fence))
  end
  return batch
end

local function is_held(batch, place)
  return batch.ids[place] ~= nil and (batch.marks == '' or string.sub(batch.marks, place, place) == '1')
end

-- The task at a place is held no more.
local function let_go(batch, place)
  if batch.marks == '' then
    batch.marks = string.rep('1', #batch.ids)
  end
  batch.marks = string.sub(batch.marks, 1, place - 1) .. '0' .. string.sub(batch.marks, place + 1)
  batch.is_changed = true
end

local function let_go_all(batch)
  batch.marks = string.rep('0', #batch.ids)
  batch.is_changed = true
end

local function held_by(worker)
  local held = holdings[worker]
  if not held then
    held = call('HGET', STATE, 'H:' .. worker) or ''
    holdings[worker] = held
  end
  return held
end

-- left: number of tasks that are still held, with an x for a suspect; 0: none.
local function note_held(worker, fence, left)
  local held = held_by(worker)
  local from = string.find(held, ' ' .. fence .. ':', 1, true)
  if from then
    local to = string.find(held, ' ', from + 1, true) or #held + 1
    local is_suspect = string.sub(held, to - 1, to - 1) == 'x'
    local item = left == 0 and '' or (' ' .. fence .. ':' .. left .. (is_suspect and 'x' or ''))
    held = string.sub(held, 1, from - 1) .. item .. string.sub(held, to)
  elseif left ~= 0 then
    held = held .. ' ' .. fence .. ':' .. left
  end
  holdings[worker], has_changed[worker] = held, true
end

-- A new batch, which its worker holds.
local function add_batch(worker, fence, ids, is_suspect)
  set('B:' .. fence, cmsgpack.pack(worker, whole(now), '', ids))
  note_held(worker, fence, #ids .. (is_suspect and 'x' or ''))
end

-- Notes what was let go in the texts of H.
local function note_batches()
  for fence, batch in pairs(batches) do
    if batch and batch.is_changed then
      batch.is_changed = false
      local _, left = string.gsub(batch.marks, '1', '')
      if left == 0 then
        dropped[#dropped + 1] = 'B:' .. fence
      else
        set('B:' .. fence, cmsgpack.pack(batch.by, batch.at, batch.marks, batch.ids))
      end
      note_held(batch.by, fence, left)
    end
  end
end

-- Writes the batches that have changed: the last step before save_state.
local function save_batches()
  note_batches()
  for worker in pairs(has_changed) do
    if holdings[worker] == '' then
      dropped[#dropped + 1] = 'H:' .. worker
    else
      set('H:' .. worker, holdings[worker])
    end
  end
end

-- Fences of a worker's batches, in order.
local function fences_of(worker)
  local fences = {}
  for fence in string.gmatch(held_by(worker), ' (%d+):') do
    fences[#fences + 1] = fence
  end
  table.sort(fences, function(a, b) return tonumber(a) < tonumber(b) end)
  return fences
end

-- Whether a worker holds a task under a fence.
local function holds(worker, id, fence)
  local number, nearest = tonumber(fence), 0
  for first in string.gmatch(held_by(worker), ' (%d+):') do
    if tonumber(first) <= number then
      nearest = math.max(nearest, tonumber(first))
    end
  end
  local batch, place = batch_of(whole(nearest)), number - nearest + 1
  return batch and batch.ids[place] == id and is_held(batch, place)
end
