-- include: head
-- Idle workers: those that have free slots, and found too few tasks. The state has ";worker,slots,kind" for each, those that have
-- waited longest first; kind h: takes tasks that are handed to it | w: is only woken.
local function is_idle(worker)
  return string.find(idle, ';' .. worker .. ',', 1, true) ~= nil
end

local function drop_idle(worker)
  local from = string.find(idle, ';' .. worker .. ',', 1, true)
  if from then
    local to = string.find(idle, ';', from + 1, true) or #idle + 1
    idle = string.sub(idle, 1, from - 1) .. string.sub(idle, to)
  end
end

local function add_idle(worker, slots, kind)
  drop_idle(worker)
  idle = idle .. ';' .. worker .. ',' .. whole(slots) .. ',' .. kind
end

-- Takes the first one: returns its name, number of slots, and kind; nothing when there is none.
local function next_idle()
  local worker, slots, kind, rest = string.match(idle, '^;([^,;]*),(%d+),(%a)(.*)$')
  idle = rest or ''
  return worker, tonumber(slots or ''), kind
end
