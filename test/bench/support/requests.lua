-- Arguments: the file of the cookie headers, one on each line; then the line to begin with, or nothing for one cookie
-- set all the time; then the value of Host. With a line, one request in a hundred brings the next line, and the others
-- bring the first.
local lines, path, host, at, sent = {}, nil, nil, nil, 0

local function ask(cookie)
  return 'GET ' .. path .. ' HTTP/1.1\r\nHost: ' .. host .. '\r\nCookie: ' .. cookie .. '\r\n\r\n'
end

function init(args)
  path = wrk.path
  for line in io.lines(args[1]) do lines[#lines + 1] = line end
  at = tonumber(args[2])
  host = args[3] or 'localhost:8080'
  usual = ask(lines[1])
end

function request()
  sent = sent + 1
  if at == nil or sent % 100 ~= 0 then return usual end
  at = at % #lines + 1
  return ask(lines[at])
end

function done(summary)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format('\n{"requests":%d,"microseconds":%d,"failed":%d}\n', summary.requests, summary.duration, failed))
end
