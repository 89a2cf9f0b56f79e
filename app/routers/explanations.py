"""Pages that stand behind the answers: what a problem's code means, and the interactive docs."""

from html import escape

from fastapi import APIRouter
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse

from app.domain.errors import NotFound
from app.domain.wording import PROBLEMS, say
from app.routers.desk import Language

router = APIRouter(include_in_schema=False)
SWAGGER_UI = "/static/swagger-ui-5.35.0"
_PAGE = """<!doctype html>
<html lang="{language}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<h1>{title}</h1>
{body}
</html>
"""
_POLICY = {"Content-Security-Policy": "default-src 'none'"}


@router.get("/problems")
async def list_problems(language: Language) -> HTMLResponse:
    """Give every code a refusal may bear."""
    items = "".join(
        f'<li><a href="/problems/{code}"><code>{code}</code></a> {_said(code, language)}</li>\n'
        for code in sorted(PROBLEMS)
    )
    title = "Problems" if language == "en" else "エラーの一覧"
    return _page(title, f"<ul>\n{items}</ul>", language)


@router.get("/problems/{code}")
async def explain_problem(code: str, language: Language) -> HTMLResponse:
    """Say what a code means and what to do, in both languages."""
    if code not in PROBLEMS:
        raise NotFound
    body = (
        f'<p lang="ja">{_said(code, "ja")}</p>\n<p lang="en">{_said(code, "en")}</p>\n'
        f'<p><a href="/problems">{"All problems" if language == "en" else "エラーの一覧"}</a></p>'
    )
    return _page(code, body, language)


@router.get("/docs")
async def docs() -> HTMLResponse:
    """Give the interactive description; everything it loads is served by us."""
    return get_swagger_ui_html(
        openapi_url="/openapi.json",
        title="意見箱 Ikenbako API",
        swagger_js_url=f"{SWAGGER_UI}/swagger-ui-bundle.js",
        swagger_css_url=f"{SWAGGER_UI}/swagger-ui.css",
        swagger_favicon_url=f"{SWAGGER_UI}/favicon-32x32.png",
    )


def _said(code: str, language: str) -> str:
    return escape(say(code, language, {}, section=PROBLEMS))


def _page(title: str, body: str, language: str) -> HTMLResponse:
    text = _PAGE.format(language=language, title=escape(title), body=body)
    return HTMLResponse(text, headers={**_POLICY, "Content-Language": language})
