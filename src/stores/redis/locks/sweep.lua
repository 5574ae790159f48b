-- include: permits
-- flags: allow-oom
-- Offers free permits to those who wait.
--
-- ARGV
--   max       number of permits
-- Reply, two an offer: holder, fence
shorten()
offer(tonumber(max))
return offered
