# The tau-python contestant: the tool that echo.ts has.
from tau_ext import ExtensionApi


async def setup(api: ExtensionApi) -> None:
    @api.tool(description="Gives the text back")
    async def echo(text: str) -> str:
        return text
