-- Assize in Neovim, from 0.7 on: put this file into ~/.config/nvim/plugin/.
--
-- `vim.g.assize_command` is what is run instead of `assize lsp`: a list of the program and its arguments.

-- What runs for which folder, where Neovim does not keep that itself (before 0.8).
local clients = {}

-- The folder of the nearest project file, else the file's own.
local function root_of(file)
  local folder = vim.fn.fnamemodify(file, ":p:h")
  local project = vim.fn.findfile("assize.toml", vim.fn.escape(folder, " ,\\;") .. ";")
  if project == "" then
    return folder
  end
  return vim.fn.fnamemodify(project, ":p:h")
end

-- Colours, where the parser and its queries are installed.
local function colour(buffer)
  if vim.treesitter.start then
    pcall(vim.treesitter.start, buffer, "assize")
  else
    pcall(function()
      vim.treesitter.highlighter.new(vim.treesitter.get_parser(buffer, "assize"))
    end)
  end
end

-- From 0.12 on Neovim asks for lenses by itself, and again where the server says so.
local own_lenses = vim.lsp.codelens.enable == nil

local function clients_of(buffer)
  if vim.lsp.get_clients then
    return vim.lsp.get_clients({ bufnr = buffer })
  end
  return vim.lsp.buf_get_clients(buffer)
end

-- Asks for the lenses of a buffer that is shown, where the server has some.
local function lenses(buffer)
  for _, client in pairs(clients_of(buffer)) do
    if client.name == "assize" and client.server_capabilities.codeLensProvider then
      vim.api.nvim_buf_call(buffer, vim.lsp.codelens.refresh)
      return
    end
  end
end

local function all_lenses()
  for _, window in ipairs(vim.api.nvim_list_wins()) do
    lenses(vim.api.nvim_win_get_buf(window))
  end
  return vim.NIL
end

local function settings(root)
  local capabilities = vim.lsp.protocol.make_client_capabilities()
  capabilities.workspace.codeLens = { refreshSupport = true }
  return {
    name = "assize",
    cmd = vim.g.assize_command or { "assize", "lsp" },
    root_dir = root,
    capabilities = capabilities,
    handlers = own_lenses and { ["workspace/codeLens/refresh"] = all_lenses } or nil,
    workspace_folders = { { uri = vim.uri_from_fname(root), name = root } },
  }
end

-- Starts a server for the folder, where none runs, and attaches the buffer to it; says whether there is one.
local function start(buffer, root)
  if vim.lsp.start then
    return vim.lsp.start(settings(root), { bufnr = buffer }) ~= nil
  end
  if clients[root] == nil or vim.lsp.client_is_stopped(clients[root]) then
    clients[root] = vim.lsp.start_client(settings(root))
  end
  return clients[root] ~= nil and vim.lsp.buf_attach_client(buffer, clients[root])
end

local function attach(buffer)
  vim.bo[buffer].filetype = "assize"
  vim.bo[buffer].commentstring = "// %s"
  colour(buffer)
  if not start(buffer, root_of(vim.api.nvim_buf_get_name(buffer))) then
    return
  end
  if not own_lenses then
    vim.lsp.codelens.enable(true, { bufnr = buffer })
  end
  vim.bo[buffer].omnifunc = "v:lua.vim.lsp.omnifunc"
  vim.keymap.set("n", "K", vim.lsp.buf.hover, { buffer = buffer })
  vim.keymap.set("n", "gd", vim.lsp.buf.definition, { buffer = buffer })
end

if own_lenses then
  vim.api.nvim_create_autocmd({ "BufEnter", "CursorHold", "InsertLeave" }, {
    pattern = "*.assize",
    callback = function(event)
      lenses(event.buf)
    end,
  })
end

vim.api.nvim_create_autocmd({ "BufRead", "BufNewFile" }, {
  pattern = "*.assize",
  callback = function(event)
    attach(event.buf)
  end,
})
