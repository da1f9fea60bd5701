from odoo import api, models


class CustomerValuePages(models.AbstractModel):
    """A report that has a page of its own for each document. Its template finds what is on it in ``pages``, by id."""

    _name = "customer.value.pages"
    _description = "Printed Pages"

    # Name of the model that is printed
    _prints = None

    @api.model
    def _get_report_values(self, docids, data=None):
        documents = self._get_documents(docids)
        return {
            "doc_ids": documents.ids,
            "doc_model": documents._name,
            "docs": documents,
            "pages": {document.id: self._get_page(document) for document in documents},
        }

    @api.model
    def _get_documents(self, docids):
        """:return: the records that are printed
        :raise AccessError: the user may not read one of them
        """
        documents = self.env[self._prints].browse(docids)
        documents.check_access("read")
        return documents

    @api.model
    def _get_page(self, document):
        """:return: dict of what the page of one document shows"""
        raise NotImplementedError
