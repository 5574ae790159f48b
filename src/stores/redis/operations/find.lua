-- include: head, whole-record
-- flags: allow-oom
-- flags where writes are refused: no-writes
-- One step of a search: looks at a few hundred tasks, and returns those that may match.
--
-- KEYS
--   task      hash, kept: see tasks.lua
--   failed    zset, kept: see finish.lua
--   slot...   hash, gone with the ttl of its records: the one to be searched, where part is ended; see records.lua
-- ARGV
--   part      live | failed | ended
--   cursor    0 for the first step
--   jobs      msgpack of names of jobs, of which the task must have one, as it is written in a live task; of none: any
--   tags      msgpack of tags likewise
--   needles   msgpack of groups: whether bodies that are no JSON may do without ("1"|"0"), and byte strings of which one must be in the value
-- Reply: cursor of the next step, 0 for none; number of tasks that were looked at; ids
local STEP = 250
local wanted, groups = {}, cmsgpack.unpack(needles)
local has_jobs, tag_list = false, cmsgpack.unpack(tags)
for _, job in ipairs(cmsgpack.unpack(jobs)) do
  wanted[job], has_jobs = true, true
end

local function has_needle(value, group)
  for i = 2, #group do
    if string.find(value, group[i], 1, true) then
      return true
    end
  end
  return false
end

-- start: of the header line of the live task in the value.
local function may_match(value, start)
  if has_jobs then
    local job = string.match(value, '^%d+,%d*,[^,\n]*,([^,\n]*),', start)
    if job and not wanted[job] then
      return false
    end
  end
  if #tag_list > 0 then
    local line = string.sub(value, start, string.find(value, '\n', start, true))
    local has_tag = false
    for _, tag in ipairs(tag_list) do
      has_tag = has_tag or string.find(line, tag, 1, true) ~= nil
    end
    if not has_tag then
      return false
    end
  end
  for _, group in ipairs(groups) do
    local is_free = group[1] == '1' and string.byte(value, (string.find(value, '\n', start, true) or 0) + 1) ~= 123
    if not is_free and not has_needle(value, group) then
      return false
    end
  end
  return true
end

-- By field: what records of a slot begin with, see records.lua.
local begins = {}

local function scan(key, is_record)
  local step = call('HSCAN', key, cursor, 'COUNT', STEP)
  local entries, found = step[2], { step[1], whole(#step[2] / 2) }
  for i = 1, #entries, 2 do
    local value = entries[i + 1]
    local field = is_record and string.match(value, '^\n%w+')
    if field then
      begins[field] = begins[field] or call('HGET', key, field)
      value = whole_record(value, begins[field])
    end
    local start = is_record and (string.find(value, '\n', 1, true) or 0) + 1 or 1
    -- What begins with a line break is no id.
    if string.byte(entries[i]) ~= 10 and may_match(value, start) then
      found[#found + 1] = entries[i]
    end
  end
  return found
end

if part == 'live' then
  return scan(TASK, false)
elseif part == 'ended' then
  return SLOTS > 0 and scan(SLOT(1), true) or { '0', '0' }
end
local from = tonumber(cursor)
local ids = redis.pcall('ZRANGE', FAILED, whole(from), whole(from + STEP - 1), 'REV')
if ids.err then
  ids = {}
end
local found = { #ids == STEP and whole(from + STEP) or '0', whole(#ids) }
for _, id in ipairs(ids) do
  found[#found + 1] = id
end
return found
