-- include: head, leases
-- The history of the store: what it has recorded. After a failover, or a restart, it may lack what was recorded last.
--
-- KEYS
--   state     hash, kept: A -> "name of the history that was found last, since when it was known to be another one than before (ms)
--             or nothing, the longest lease among the workers that have said so (ms)" | Q -> ";worker," for each that had a lease
--             then, and has not said what it holds
--   leases    hash, kept: see leases.lua
-- policy: QUIET_TIME, LONGEST_QUIET

-- Workers that have a lease.
local function leased_workers()
  local found = {}
  for _, leased in ipairs(call('HKEYS', LEASES)) do
    if not is_condemned(leased) then
      found[#found + 1] = ';' .. leased .. ','
    end
  end
  return table.concat(found)
end

-- Whether a queue has come from one master of a cluster to another, with all that it has: a replica that takes its master's place goes on
-- from the master's history, and a node that was started anew has its id.
-- known, name: of histories, "id@node" in a cluster. before: id of the history that the one of `name` goes on from, or ''.
local function has_moved(known, name, before)
  local last, last_node = string.match(known, '^(%w+)@(%w+)$')
  local node = string.match(name, '@(%w+)$')
  return last ~= nil and node ~= nil and node ~= last_node and before ~= last
end

-- Notes a history. Where it is another one, the living workers have some time to say what they hold. Called before the worker gets a
-- lease.
-- name: '' where it is not known. before: see has_moved. ttl: of the lease of the worker that has found it, ms. adopts: whether the worker says what it
-- holds, and so knows that the history is another one.
local function note_history(name, before, ttl, adopts)
  local known, since, longest = string.match(call('HGET', STATE, 'A') or '', '^([^,]*),(%d*),(%d*)$')
  local is_same = known == name and (since ~= '' or not adopts)
  if name == '' then
    -- Those that know no names find the same change one after the other.
    is_same = not adopts or truce_left > 0
  elseif not known and not adopts then
    -- The first worker of a queue.
    set('A', name .. ',,')
    return
  elseif known ~= name and not adopts and has_moved(known, name, before) then
    if truce_left == 0 then
      since, longest = '', ''
    end
    known, is_same = name, true
    set('A', name .. ',' .. since .. ',' .. longest)
  end
  local missing
  if not is_same then
    since, missing = whole(now), leased_workers()
    set('A', name .. ',' .. since .. ',' .. whole(tonumber(ttl)))
    truce_left = tonumber(ttl)
    add_feature('h')
  elseif truce_left > 0 then
    missing = call('HGET', STATE, 'Q') or ''
    if tonumber(ttl) > tonumber(longest) then
      set('A', known .. ',' .. since .. ',' .. whole(tonumber(ttl)))
    end
  else
    return
  end
  if adopts then
    local from, to = string.find(missing, ';' .. worker .. ',', 1, true)
    missing = from and string.sub(missing, 1, from - 1) .. string.sub(missing, to + 1) or missing
  end
  set('Q', missing)
  quiet_left = math.max(0, (missing ~= '' and LONGEST_QUIET or QUIET_TIME) - (now - tonumber(since)))
end
